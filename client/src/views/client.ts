import type { ClientBase, NewGroup } from "../api/core-client.ts";
import type { Recipient } from "../api/entry.ts";
import type { ClientState, ListenOptions } from "../api/events.ts";
import type { CoreOptions } from "../api/options.ts";
import type { Listener } from "../util/emitter.ts";
import type { Content, Conversation } from "./conversation.ts";
import type { ClientEvents, ConversationInfo } from "./conversation-info.ts";
import type { MessageHandle } from "./message-handle.ts";
import type { Observable } from "./observable.ts";
import type { PresenceView } from "./user-presence.ts";

export interface WatchOptions {
  /** One that both are in, for users there is no direct conversation with. */
  readonly conversation?: string;
}

/** A user's conversations on one device, kept in step with the server over whatever connections that takes. */
export interface Client extends ClientBase {
  /** `state`, for views. */
  readonly status: Observable<ClientState>;
  /** Every conversation, the one with the newest entry first. */
  readonly inbox: Observable<readonly ConversationInfo[]>;
  /** What is known of the users given to `watch`. */
  readonly presence: Observable<PresenceView>;
  /** The conversations this device knows, in no particular order. */
  readonly conversations: readonly ConversationInfo[];
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
  /** Watches these users' presence (at most 100) instead of those before, on every connection from now on. */
  watch(users: readonly string[], options?: WatchOptions): void;
  /** `conversation(recipient).send(content)`. */
  send(recipient: Recipient, content: Content): MessageHandle;
}

export interface ClientOptions extends CoreOptions {
  /**
   * Whether senders are told that their entries have arrived here, about a frame a second and conversation. Reading
   * is told by `markRead` alone.
   * @default true
   */
  readonly delivered?: boolean;
}
