import type { Entry, Role } from "../api/entry.ts";
import type { ClientError } from "../api/errors.ts";
import type { ListenOptions } from "../api/events.ts";
import type { ClientEvents, ConversationInfo, MemberReceipt } from "./conversation-info.ts";
import type { MessageHandle, MessageState } from "./message-handle.ts";
import type { Observable } from "./observable.ts";

/** An entry in a view. It has no `seq` and `sentAtMs` until it is in the log. */
export interface TimelineEntry extends Omit<Entry, "seq" | "sentAtMs"> {
  readonly seq: number | undefined;
  readonly sentAtMs: number | undefined;
  /** Status of the user's own entries; undefined for those of others. */
  readonly status: MessageState | undefined;
  /** The reason, if the status is `failed`. */
  readonly error?: ClientError | undefined;
}

export interface ConversationView {
  /** Undefined if the conversation does not exist yet, or the server has not reported it. */
  readonly info: ConversationInfo | undefined;
  /**
   * Entries in the order of the log, then those not in it yet. Edits, deletes and reactions are applied to the entry they
   * refer to, pending ones too. An entry keeps its `sender` and `id`, and is the same object until it changes.
   */
  readonly entries: readonly TimelineEntry[];
  /** Other users who are typing. */
  readonly typing: readonly string[];
  /** True if there are entries before the first one, which `loadOlder` loads. */
  readonly more: boolean;
}

export interface Member {
  readonly user: string;
  readonly role: Role;
}

export interface HistoryOptions {
  /** Exclusive. @default the end of the log */
  readonly before?: number;
  /** Ends the iteration by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A text, or an entry of an application-defined kind: `x.` and a name, with any JSON as body. */
export type Content = string | { readonly kind: `x.${string}`; readonly body: unknown };

export type ConversationEvent = "entries" | "reset" | "receipt" | "typing";

/**
 * One conversation. Methods that return a MessageHandle append to the log, in the order of the calls, now or once there
 * is a connection. Methods that return a promise ask the server now, and reject with a temporary error while offline.
 */
export interface Conversation {
  /** Undefined for a direct conversation that does not exist yet, until the server has assigned an id. */
  readonly id: string | undefined;
  readonly view: Observable<ConversationView>;
  /**
   * Sends a text or an application-defined entry. Throws ProtocolError if it is empty, too large, not JSON, or has half a
   * character (an unpaired surrogate); so do the methods below that send a text, a title or a key.
   */
  send(content: Content): MessageHandle;
  /**
   * Throws ProtocolError as `send` does.
   *
   * @param seq sequence number of the entry to edit; likewise below
   */
  edit(seq: number, text: string): MessageHandle;
  delete(seq: number): MessageHandle;
  /** @param key an emoji, or a name of at most 40 bytes. Five of a user at an entry. */
  react(seq: number, key: string): MessageHandle;
  /** @param user whose reaction an admin removes. @default this user */
  unreact(seq: number, key: string, user?: string): MessageHandle;
  /** Removes a failed entry from the view. */
  discard(id: string): void;
  /** Marks entries up to `seq` as read. @default the newest entry on this device */
  markRead(seq?: number): void;
  /**
   * Tells the others that this user is typing. Call it for every key: if online, one frame per 3 s is sent at most, and the
   * first one after each entry.
   */
  typing(): void;
  /** Iterates over entries from new to old, in their current state. */
  history(options?: HistoryOptions): AsyncGenerator<Entry, void, undefined>;
  /** Loads older entries into the view. Resolves to true if there are more. @default limit 50, at most 100 */
  loadOlder(limit?: number): Promise<boolean>;
  members(): AsyncGenerator<Member, void, undefined>;
  /** Receipts of all members, this user included. In small conversations `view` has those of the others. */
  receipts(): AsyncGenerator<MemberReceipt, void, undefined>;
  add(users: readonly string[]): MessageHandle;
  remove(users: readonly string[]): MessageHandle;
  leave(): MessageHandle;
  rename(title: string): MessageHandle;
  setRole(user: string, role: Role): MessageHandle;
  /** Sets how long entries are kept, for all members: one hour to ten years, `null` for ever. */
  setRetention(seconds: number | null): MessageHandle;
  mute(muted: boolean): Promise<void>;
  /** Sets how long entries stay visible to this user; `null`: as long as the conversation keeps them. */
  keep(seconds: number | null): Promise<void>;
  /** Takes a group that this user has left out of the list, with its entries. Rejects with `conflict` for a member. */
  forget(): Promise<void>;
  /** Listens to events of this conversation only. Returns a function that stops listening. */
  on<K extends ConversationEvent>(
    event: K,
    listener: (payload: ClientEvents[K]) => void,
    options?: ListenOptions,
  ): () => void;
}
