/** The client of Parley: what browsers and Node programs use. */

export { type Clock, systemClock } from "./api/clock.ts";
export type { Entry, NewEntry, OlderEntries, Preview, Recipient, Role, ServerError } from "./api/entry.ts";
export * from "./api/errors.ts";
export type { ClientState, ListenOptions, Sent } from "./api/events.ts";
export type { Token } from "./api/options.ts";
export type { ClientStorage } from "./api/storage.ts";
export type { Socket, Transport, TransportListener } from "./api/transport.ts";
export type { BackoffBounds } from "./connection/backoff.ts";
export { webSocketTransport } from "./connection/websocket-transport.ts";
export type { NewGroup } from "./new-group.ts";
export { type StorageArea, webStorage } from "./storage/web-storage.ts";
export { DEFAULT_TIMINGS, type Timings } from "./timings.ts";
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
export type { Sending, SendingState } from "./views/message-handle.ts";
export type { Observable } from "./views/observable.ts";
export type { PresenceView, UserPresence } from "./views/user-presence.ts";
