/** The client of Parley with views, for browsers and Node programs. */

import { ChatClient } from "./views/chat-client.ts";
import type { Client, ClientOptions } from "./views/client.ts";

export { type Clock, systemClock } from "./api/clock.ts";
export type { NewGroup } from "./api/core-client.ts";
export type { Entry, NewEntry, OlderEntries, Preview, Recipient, Role, ServerError } from "./api/entry.ts";
export * from "./api/errors.ts";
export type { ClientState, ListenOptions, Sent } from "./api/events.ts";
export { type BackoffBounds, DEFAULT_TIMINGS, type Timings, type Token } from "./api/options.ts";
export type { ClientStorage } from "./api/storage.ts";
export type { Socket, Transport, TransportListener } from "./api/transport.ts";
export { webSocketTransport } from "./connection/websocket-transport.ts";
export { type StorageArea, webStorage } from "./storage/web-storage.ts";
export type { Client, ClientOptions, Unsent, WatchOptions } from "./views/client.ts";
export type {
  Content,
  Conversation,
  ConversationView,
  HistoryOptions,
  Member,
  TimelineEntry,
} from "./views/conversation.ts";
export type { ClientEvents, ConversationInfo, MemberReceipt } from "./views/conversation-info.ts";
export type { MessageHandle, MessageState } from "./views/message-handle.ts";
export type { Observable } from "./views/observable.ts";
export type { PresenceView, UserPresence } from "./views/user-presence.ts";

/** Creates a client. It does not connect until `connect` is called. */
export function createClient(options: ClientOptions): Client {
  return new ChatClient(options);
}
