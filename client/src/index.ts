/** The client of Parley: what browsers and Node programs use. */
export type { BackoffBounds } from "./backoff.ts";
export { type Client, createClient, type NewGroup, type WatchOptions } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export type {
  Conversation,
  ConversationView,
  HistoryOptions,
  ListenOptions,
  Member,
  ShownEntry,
} from "./conversation.ts";
export type { ConversationInfo, MemberReceipt } from "./conversation-info.ts";
export type { Entry, NewEntry, OlderEntries, Preview, Recipient, Role, ServerError } from "./entry.ts";
export {
  ClientError,
  ClosedError,
  ConnectionLostError,
  NamelessTokenError,
  NoReplyError,
  OtherUserError,
  ProtocolError,
  RefusedError,
  StorageError,
  UnreachableError,
  UnreadableReplyError,
} from "./errors.ts";
export type { ClientEvents, ClientState, Sent } from "./events.ts";
export type { Content } from "./new-entry.ts";
export type { Observable } from "./observable.ts";
export type { ClientOptions, Token } from "./options.ts";
export type { Sending, SendingState } from "./sending.ts";
export type { ClientStorage } from "./storage.ts";
export { DEFAULT_TIMINGS, type Timings } from "./timings.ts";
export type { Socket, Transport, TransportListener } from "./transport.ts";
export type { PresenceView, UserPresence } from "./user-presence.ts";
export { type StorageArea, webStorage } from "./web-storage.ts";
export { webSocketTransport } from "./websocket-transport.ts";
