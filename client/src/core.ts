/** The client of Parley without a screen: what bots, bridges and applications with a store of their own use. */
export type { BackoffBounds } from "./backoff.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type CoreClient, createClient } from "./core-client.ts";
export type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./entry.ts";
export * from "./errors.ts";
export type { ClientState, CoreEvents, KnownConversation, ListenOptions, Sent } from "./events.ts";
export type { NewGroup } from "./new-group.ts";
export type { CoreOptions, Token } from "./options.ts";
export type { Outgoing } from "./outgoing.ts";
export type { ClientStorage } from "./storage.ts";
export { DEFAULT_TIMINGS, type Timings } from "./timings.ts";
export type { Socket, Transport, TransportListener } from "./transport.ts";
export { webSocketTransport } from "./websocket-transport.ts";
