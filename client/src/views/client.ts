import type { ClientBase, NewGroup } from "../api/core-client.ts";
import type { NewEntry, Recipient } from "../api/entry.ts";
import type { ClientState, ListenOptions } from "../api/events.ts";
import type { CoreOptions } from "../api/options.ts";
import type { Listener } from "../util/emitter.ts";
import type { Content, Conversation } from "./conversation.ts";
import type { ClientEvents, ConversationInfo } from "./conversation-info.ts";
import type { MessageHandle } from "./message-handle.ts";
import type { Observable } from "./observable.ts";
import type { PresenceView } from "./user-presence.ts";

/** Content of this user that is not in the log. */
export interface Unsent {
  /** The id of the conversation, or the user as long as it has none. */
  readonly recipient: Recipient;
  readonly entry: NewEntry;
  /** `failed` if the server has refused it. */
  readonly status: "queued" | "failed";
}

export interface WatchOptions {
  /** A conversation shared with these users. Needed for users without a direct conversation. */
  readonly conversation?: string;
}

/** A user's conversations on one device, kept in sync with the server across reconnects. */
export interface Client extends ClientBase {
  /** The connection state, as an observable. */
  readonly status: Observable<ClientState>;
  /** All conversations, the one with the newest entry first. */
  readonly inbox: Observable<readonly ConversationInfo[]>;
  /**
   * The newest content of this user in each conversation that is not in the log yet, or was refused: for a list, which
   * shows it instead of the preview. The one written last comes first.
   */
  readonly unsent: Observable<readonly Unsent[]>;
  /**
   * Milliseconds by which the server's clock is ahead of the device's, as of the last sync: add it to the device's time to
   * compare that with the times of entries and presence.
   */
  readonly serverAheadMs: number;
  /** Presence of the users passed to `watch`. */
  readonly presence: Observable<PresenceView>;
  /** The conversations this device knows, in no particular order. */
  readonly conversations: readonly ConversationInfo[];
  /** Returns a function that stops listening. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: Listener<ClientEvents[K]>,
    options?: ListenOptions,
  ): () => void;
  /**
   * Returns a conversation by its id, or the direct conversation with a user, even if it does not exist yet. The same
   * recipient always yields the same object.
   */
  conversation(recipient: Recipient): Conversation;
  /** Resolves once the group exists; rejects with RefusedError or ClosedError. While offline, waits for a connection. */
  createGroup(group: NewGroup): Promise<Conversation>;
  /** Watches the presence of these users (at most 100) instead of the previous ones, across reconnects. */
  watch(users: readonly string[], options?: WatchOptions): void;
  /** Short for `conversation(recipient).send(content)`. */
  send(recipient: Recipient, content: Content): MessageHandle;
}

export interface ClientOptions extends CoreOptions {
  /**
   * Tells senders that their entries have arrived here, with about one frame per second and conversation. Only
   * `markRead` tells them that entries were read.
   * @default true
   */
  readonly delivered?: boolean;
}
