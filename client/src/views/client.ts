import type { Listener } from "../emitter.ts";
import type { NewEntry, OlderEntries, Recipient } from "../entry.ts";
import type { ClientState, ListenOptions } from "../events.ts";
import type { NewGroup } from "../new-group.ts";
import { ChatClient } from "./chat-client.ts";
import type { ClientEvents } from "./client-events.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Content, Conversation } from "./conversation.ts";
import type { ConversationInfo } from "./conversation-info.ts";
import type { Observable } from "./observable.ts";
import type { Sending } from "./sending.ts";
import type { PresenceView } from "./user-presence.ts";

export interface WatchOptions {
  /** One that both are in, for users there is no direct conversation with. */
  readonly conversation?: string;
}

/** A user's conversations on one device, kept in step with the server over whatever connections that takes. */
export interface Client extends AsyncDisposable {
  /** Whose client this is; undefined until the first token says so, unless the option `user` did. */
  readonly user: string | undefined;
  readonly state: ClientState;
  /** The same, for views. */
  readonly status: Observable<ClientState>;
  /** Every conversation, the one with the newest entry first. */
  readonly inbox: Observable<readonly ConversationInfo[]>;
  /** What is known of the users given to `watch`. */
  readonly presence: Observable<PresenceView>;
  /** The conversations this device knows, in no particular order. */
  readonly conversations: readonly ConversationInfo[];
  /** Starts, and goes on reconnecting until `close` or the server ends it. */
  connect(): void;
  /** Ends for good; there is no way back to this client. What waits to be sent is left to the next, given a storage. */
  close(): void;
  /** Closes, and forgets what is kept of this user. Resolves when it is gone; rejects with what the storage says. */
  signOut(): Promise<void>;
  /** Returns how to stop listening. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: Listener<ClientEvents[K]>,
    options?: ListenOptions,
  ): () => void;
  /** By its id, or the direct one with a user, whether or not there is one yet. Always the same object. */
  conversation(recipient: Recipient): Conversation;
  /** Resolves when there is a group; rejects with a RefusedError, or ClosedError. Offline it waits for the connection. */
  createGroup(group: NewGroup): Promise<Conversation>;
  /** Resolves when it holds. Rejects with a temporary error while offline. */
  block(user: string): Promise<void>;
  unblock(user: string): Promise<void>;
  /** Watches these users' presence (at most 100) instead of those before, on every connection from now on. */
  watch(users: readonly string[], options?: WatchOptions): void;
  /** `conversation(recipient).send(content)`. */
  send(recipient: Recipient, content: Content): Sending;
  /** What waits to be acknowledged, in order; of one conversation, or of all. */
  pending(recipient?: Recipient): readonly NewEntry[];
  /** The entries before those this device has got. Rejects with a temporary error while offline. */
  loadOlder(conversation: string, limit?: number): Promise<OlderEntries>;
}

export function createClient(options: ClientOptions): Client {
  return new ChatClient(options);
}
