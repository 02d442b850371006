import type { Entry, Role } from "../api/entry.ts";
import type { ClientError } from "../api/errors.ts";
import type { ListenOptions } from "../api/events.ts";
import type { ClientEvents, ConversationInfo, MemberReceipt } from "./conversation-info.ts";
import type { MessageHandle, MessageState } from "./message-handle.ts";
import type { Observable } from "./observable.ts";

/** An entry as a view shows it; while it is on its way without a place in the log. */
export interface TimelineEntry extends Omit<Entry, "seq" | "sentAtMs"> {
  readonly seq: number | undefined;
  readonly sentAtMs: number | undefined;
  /** Of one's own. */
  readonly status: MessageState | undefined;
  /** Why it failed. */
  readonly error?: ClientError | undefined;
}

export interface ConversationView {
  /** Undefined while the server knows of no such conversation, or has not told. */
  readonly info: ConversationInfo | undefined;
  /**
   * In the order of the log, then what is on its way; edits, deletes and reactions are done to what they mean, also
   * those on their way. An entry keeps its `sender` and `id` when it settles, and is the same object until it changes.
   */
  readonly entries: readonly TimelineEntry[];
  /** Others who are typing. */
  readonly typing: readonly string[];
  /** There is more before the first of `entries`: `loadOlder` has it. */
  readonly more: boolean;
}

export interface Member {
  readonly user: string;
  readonly role: Role;
}

export interface HistoryOptions {
  /** Exclusive. @default from the end */
  readonly before?: number;
  /** Ends the iteration by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A text, or an entry of a kind of the application's own: `x.` and a name, with any JSON as body. */
export type Content = string | { readonly kind: `x.${string}`; readonly body: unknown };

export type ConversationEvent = "entries" | "reset" | "receipt" | "typing";

/**
 * One conversation. What returns a Sending goes to the log in the order of the calls, now or when there is a connection;
 * what returns a promise is asked now, and rejects with a temporary error while offline.
 */
export interface Conversation {
  /** Undefined until the server has told it: of a direct conversation with someone this user never talked to. */
  readonly id: string | undefined;
  readonly view: Observable<ConversationView>;
  /** A text, or an entry of the application's own kind. Throws ProtocolError for what is empty, too large or no JSON. */
  send(content: Content): MessageHandle;
  /** @param seq of the entry that is meant; so below */
  edit(seq: number, text: string): MessageHandle;
  delete(seq: number): MessageHandle;
  /** @param key an emoji, or a name of at most 32 bytes */
  react(seq: number, key: string): MessageHandle;
  unreact(seq: number, key: string): MessageHandle;
  /** Takes a failed entry out of the view. */
  discard(id: string): void;
  /** Up to `seq`. @default the newest entry here */
  markRead(seq?: number): void;
  /** To be called with every key: it is told every 3 s at most, and only while online. */
  typing(): void;
  /** Entries one by one, backwards, as they are now. */
  history(options?: HistoryOptions): AsyncGenerator<Entry, void, undefined>;
  /** Puts entries before those of the view; resolves to whether there are more. @default limit 50, at most 100 */
  loadOlder(limit?: number): Promise<boolean>;
  members(): AsyncGenerator<Member, void, undefined>;
  /** Of all members, this user included; in small conversations `view` has the others'. */
  receipts(): AsyncGenerator<MemberReceipt, void, undefined>;
  add(users: readonly string[]): MessageHandle;
  remove(users: readonly string[]): MessageHandle;
  leave(): MessageHandle;
  rename(title: string): MessageHandle;
  setRole(user: string, role: Role): MessageHandle;
  /** One hour to ten years; `null`: for ever. For everybody. */
  setRetention(seconds: number | null): MessageHandle;
  mute(muted: boolean): Promise<void>;
  /** How long this user keeps entries in sight; `null`: as long as the conversation does. */
  keep(seconds: number | null): Promise<void>;
  /** Events of this conversation only. Returns how to stop listening. */
  on<K extends ConversationEvent>(
    event: K,
    listener: (payload: ClientEvents[K]) => void,
    options?: ListenOptions,
  ): () => void;
}
