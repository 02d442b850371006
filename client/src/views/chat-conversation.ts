import type { HistoryResult, MembersResult, ReceiptsResult } from "../../../protocol/index.ts";
import { isRewrite } from "../../../protocol/kinds.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Entry, NewEntry, OlderEntries, Recipient, Role } from "../api/entry.ts";
import type { ClientError } from "../api/errors.ts";
import type { ListenOptions } from "../api/events.ts";
import { readHistory } from "../connection/decode.ts";
import type { Engine } from "../engine.ts";
import { newEntry } from "../outbox/new-entry.ts";
import { applyChange, targetSeq } from "./apply-change.ts";
import type {
  Content,
  Conversation,
  ConversationEvent,
  ConversationView,
  HistoryOptions,
  Member,
  TimelineEntry,
} from "./conversation.ts";
import type { ClientEvents, ConversationInfo, MemberReceipt } from "./conversation-info.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { statusOf } from "./conversation-summary.ts";
import type { MessageHandle, MessageState } from "./message-handle.ts";
import { type Observable, Store } from "./observable.ts";
import type { TypingIndicators } from "./typing-indicators.ts";

export interface Failure {
  readonly entry: NewEntry;
  readonly error: ClientError;
}

/** The part of the client that a conversation uses. */
export interface ConversationHost {
  readonly engine: Engine<ConversationInfo>;
  readonly store: ConversationStore;
  readonly typingIndicators: TypingIndicators;
  failures(recipient: Recipient): readonly Failure[];
  discard(id: string): void;
  append(recipient: Recipient, entry: NewEntry): MessageHandle;
  markRead(conversation: string, seq: number): void;
  loadOlder(conversation: string, limit: number): Promise<OlderEntries>;
}

/** Shortest time between two typing frames. */
const TYPING_EVERY_MS = 3_000;

export class ChatConversation implements Conversation {
  readonly view: Observable<ConversationView>;
  readonly #store: Store<ConversationView>;
  #recipient: Recipient;
  readonly #host: ConversationHost;
  readonly #rendered = new WeakMap<Entry | NewEntry, TimelineEntry>();
  #typingSentAtMs = Number.NEGATIVE_INFINITY;

  constructor(recipient: Recipient, host: ConversationHost) {
    this.#recipient = recipient;
    this.#host = host;
    this.#store = new Store(() => this.#compute());
    this.view = this.#store;
  }

  get id(): string | undefined {
    const { recipient } = this;
    return typeof recipient === "string" ? recipient : undefined;
  }

  /** The id as soon as it is known, and for good; the user until then. */
  get recipient(): Recipient {
    this.#recipient = this.#host.engine.resolve(this.#recipient);
    return this.#recipient;
  }

  get hasSubscribers(): boolean {
    return this.#store.hasSubscribers;
  }

  changed(): void {
    this.#store.changed();
  }

  send(content: Content): MessageHandle {
    return this.#publish(newEntry(this.#newId(), content));
  }

  edit(seq: number, text: string): MessageHandle {
    return this.#append("edit", { of: seq, text });
  }

  delete(seq: number): MessageHandle {
    return this.#append("delete", { of: seq });
  }

  react(seq: number, key: string): MessageHandle {
    return this.#append("reaction", { of: seq, key: key.normalize() });
  }

  unreact(seq: number, key: string, user?: string): MessageHandle {
    const body = { of: seq, key: key.normalize(), remove: true, ...(user !== undefined && { user }) };
    return this.#append("reaction", body);
  }

  discard(id: string): void {
    this.#host.discard(id);
    this.changed();
  }

  markRead(seq?: number): void {
    const { id = "" } = this;
    this.#host.markRead(id, seq ?? this.#host.store.timeline(id).entries.at(-1)?.seq ?? 0);
  }

  typing(): void {
    const { id } = this;
    const nowMs = this.#host.engine.settings.clock.nowMs();
    if (id === undefined || nowMs < this.#typingSentAtMs + TYPING_EVERY_MS) return;
    // An entry that arrives after the frame ends what the frame has begun.
    if (this.#host.engine.pending(id).length > 0) return;
    if (this.#host.engine.sendOneWay({ type: "typing", conversation: id })) this.#typingSentAtMs = nowMs;
  }

  async *history({ before, signal }: HistoryOptions = {}): AsyncGenerator<Entry, void, undefined> {
    for (let from = before; ; ) {
      signal?.throwIfAborted();
      const { id } = this;
      if (id === undefined) return;
      const request = {
        type: "history" as const,
        conversation: id,
        limit: LIMITS.historyPage,
        before: from,
      };
      const { entries, more }: HistoryResult = readHistory(await this.#host.engine.request(request));
      for (const entry of [...entries].reverse()) {
        signal?.throwIfAborted();
        yield entry;
      }
      from = entries[0]?.seq;
      if (!more || from === undefined) return;
    }
  }

  async loadOlder(limit = 50): Promise<boolean> {
    const { id } = this;
    return id !== undefined && (await this.#host.loadOlder(id, limit)).more;
  }

  async *members(): AsyncGenerator<Member, void, undefined> {
    for await (const page of this.#pages("members")) yield* (page as MembersResult).members as Member[];
  }

  async *receipts(): AsyncGenerator<MemberReceipt, void, undefined> {
    for await (const page of this.#pages("receipts")) yield* (page as ReceiptsResult).receipts;
  }

  add(users: readonly string[]): MessageHandle {
    return this.#append("member.add", { users });
  }

  remove(users: readonly string[]): MessageHandle {
    return this.#append("member.remove", { users });
  }

  leave(): MessageHandle {
    return this.#append("member.leave", {});
  }

  rename(title: string): MessageHandle {
    return this.#append("rename", { title: title.normalize() });
  }

  setRole(user: string, role: Role): MessageHandle {
    return this.#append("role", { user, role });
  }

  setRetention(seconds: number | null): MessageHandle {
    return this.#append("retention", { seconds });
  }

  mute(muted: boolean): Promise<void> {
    return this.#set("mute", { muted }, { muted });
  }

  keep(seconds: number | null): Promise<void> {
    return this.#set("keep", { seconds }, { keepSeconds: seconds ?? undefined });
  }

  async forget(): Promise<void> {
    const { id } = this;
    if (id === undefined) return;
    await this.#host.engine.request({ type: "forget", conversation: id });
    this.#host.store.forget(id);
  }

  on<K extends ConversationEvent>(
    event: K,
    listener: (payload: ClientEvents[K]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#host.engine.on(
      event,
      (payload) => payload.conversation === this.id && listener(payload),
      options,
    );
  }

  #newId(): string {
    return this.#host.engine.settings.newId();
  }

  #append(kind: string, body: unknown): MessageHandle {
    return this.#publish(newEntry(this.#newId(), { kind, body }));
  }

  #publish(entry: NewEntry): MessageHandle {
    // For the others, the entry ends the typing.
    this.#typingSentAtMs = Number.NEGATIVE_INFINITY;
    return this.#host.append(this.#recipient, entry);
  }

  async #set(type: "mute" | "keep", fields: object, change: Partial<ConversationInfo>): Promise<void> {
    const { id } = this;
    if (id === undefined) return;
    await this.#host.engine.request({ type, conversation: id, ...fields });
    this.#host.store.update(id, change);
  }

  async *#pages(type: "members" | "receipts"): AsyncGenerator<MembersResult | ReceiptsResult> {
    for (let after: string | undefined; ; ) {
      const { id } = this;
      if (id === undefined) return;
      const request = { type, conversation: id, after };
      const page = (await this.#host.engine.request(request)) as MembersResult | ReceiptsResult;
      yield page;
      after = page.next;
      if (after === undefined) return;
    }
  }

  #compute(): ConversationView {
    const host = this.#host;
    const { engine, store } = host;
    // A conversation without an id has no info and no entries in the log.
    const { id = "", recipient } = this;
    const info = store.info(id);
    const held = store.timeline(id).entries;
    // Own entries whose ack overtook earlier entries: shown until those have arrived, so that they do not vanish.
    const log = engine.conversations.log(id);
    const early = [...(log?.buffered ?? [])]
      .filter(({ sender }) => sender === engine.user)
      .sort((a, b) => a.seq - b.seq);
    const pending = engine.pending(recipient);
    const changes = [...early, ...pending].filter(({ kind }) => isRewrite(kind));
    const isListed = ({ kind }: NewEntry) => !isRewrite(kind);
    return {
      info,
      entries: [
        ...[...held, ...early]
          .filter(isListed)
          .map((entry) => this.#toTimelineEntry(this.#withPendingChanges(entry, changes), info)),
        ...host
          .failures(recipient)
          .map((failure) => this.#pendingEntry(failure.entry, "failed", failure.error)),
        ...pending.filter(isListed).map((entry) => this.#pendingEntry(entry, "queued")),
      ],
      typing: host.typingIndicators.typingIn(id),
      more: log !== undefined && log.oldestSeq > log.firstSeq,
    };
  }

  /** Returns an entry as it will be once the pending changes are in the log. */
  #withPendingChanges(entry: Entry, changes: readonly NewEntry[]): Entry {
    const { settings, user = "" } = this.#host.engine;
    return changes
      .filter((change) => targetSeq(change) === entry.seq)
      .reduce<Entry>(
        (before, change) =>
          applyChange(before, {
            ...change,
            seq: Number.POSITIVE_INFINITY,
            sender: user,
            sentAtMs: settings.clock.nowMs(),
          }),
        entry,
      );
  }

  #toTimelineEntry(entry: Entry, info: ConversationInfo | undefined): TimelineEntry {
    const isOwn = entry.sender === this.#host.engine.user;
    const status = isOwn ? statusOf(entry.seq, info) : undefined;
    return this.#reuse(entry, { ...entry, status });
  }

  #pendingEntry(entry: NewEntry, status: MessageState, error?: ClientError): TimelineEntry {
    const { id, kind, body } = entry;
    const sender = this.#host.engine.user ?? "";
    return this.#reuse(entry, { id, kind, body, sender, seq: undefined, sentAtMs: undefined, status, error });
  }

  /** Returns the same object as before if nothing has changed. */
  #reuse(source: Entry | NewEntry, rendered: TimelineEntry): TimelineEntry {
    const before = this.#rendered.get(source);
    if (before !== undefined && before.status === rendered.status) return before;
    this.#rendered.set(source, rendered);
    return rendered;
  }
}
