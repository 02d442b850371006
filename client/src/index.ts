/** The client of Parley: what browsers and Node programs use. */
export type { BackoffBounds } from "./backoff.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { Entry, NewEntry, OlderEntries, Preview, Recipient, Role, ServerError } from "./entry.ts";
export * from "./errors.ts";
export type { ClientState, ListenOptions, Sent } from "./events.ts";
export type { NewGroup } from "./new-group.ts";
export type { Token } from "./options.ts";
export type { ClientStorage } from "./storage.ts";
export { DEFAULT_TIMINGS, type Timings } from "./timings.ts";
export type { Socket, Transport, TransportListener } from "./transport.ts";
export { type Client, createClient, type WatchOptions } from "./views/client.ts";
export type { ClientEvents } from "./views/client-events.ts";
export type { ClientOptions } from "./views/client-options.ts";
export type {
  Content,
  Conversation,
  ConversationView,
  HistoryOptions,
  Member,
  ShownEntry,
} from "./views/conversation.ts";
export type { ConversationInfo, MemberReceipt } from "./views/conversation-info.ts";
export type { Observable } from "./views/observable.ts";
export type { Sending, SendingState } from "./views/sending.ts";
export type { PresenceView, UserPresence } from "./views/user-presence.ts";
export { type StorageArea, webStorage } from "./web-storage.ts";
export { webSocketTransport } from "./websocket-transport.ts";
