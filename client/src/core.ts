/** The client of Parley without a screen: what bots, bridges and applications with a store of their own use. */

export { type Clock, systemClock } from "./api/clock.ts";
export { type CoreClient, createClient } from "./api/core-client.ts";
export type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./api/entry.ts";
export * from "./api/errors.ts";
export type { ClientState, CoreEvents, KnownConversation, ListenOptions, Sent } from "./api/events.ts";
export type { CoreOptions, Token } from "./api/options.ts";
export type { ClientStorage } from "./api/storage.ts";
export type { Socket, Transport, TransportListener } from "./api/transport.ts";
export type { BackoffBounds } from "./connection/backoff.ts";
export { webSocketTransport } from "./connection/websocket-transport.ts";
export type { NewGroup } from "./new-group.ts";
export type { Outgoing } from "./outbox/send-handle.ts";
export { DEFAULT_TIMINGS, type Timings } from "./timings.ts";
