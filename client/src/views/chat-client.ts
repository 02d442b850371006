import { isContent } from "../../../protocol/kinds.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { NewGroup } from "../api/core-client.ts";
import type { NewEntry, OlderEntries, Recipient } from "../api/entry.ts";
import { ClientError, ConnectionLostError } from "../api/errors.ts";
import type { ClientState, CoreEvents, ListenOptions, Sent } from "../api/events.ts";
import { Engine } from "../engine.ts";
import type { FrameTarget } from "../outbox/composed-frame.ts";
import { newEntry } from "../outbox/new-entry.ts";
import { Emitter, type Listener } from "../util/emitter.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { recipientKey } from "../util/recipient-key.ts";
import { reportUncaught } from "../util/report-uncaught.ts";
import { ChatConversation, type ConversationHost, type Failure } from "./chat-conversation.ts";
import type { Client, ClientOptions, WatchOptions } from "./client.ts";
import type { Content, Conversation } from "./conversation.ts";
import type { ClientEvents, ConversationInfo, SentStatus } from "./conversation-info.ts";
import { ConversationStore } from "./conversation-store.ts";
import { statusOf } from "./conversation-summary.ts";
import { type MessageHandle, type MessageHandleHost, PendingMessage } from "./message-handle.ts";
import { type Observable, Store } from "./observable.ts";
import { Presence } from "./presence.ts";
import { ReceiptSender } from "./receipt-sender.ts";
import { TypingIndicators } from "./typing-indicators.ts";
import type { PresenceView } from "./user-presence.ts";

/** What screens show of what an engine brings, and what it tells others of this user. */
export class ChatClient implements Client, ConversationHost, MessageHandleHost {
  readonly engine: Engine<ConversationInfo>;
  readonly infos: ConversationStore;
  readonly typists: TypingIndicators;
  readonly presence: Observable<PresenceView>;
  readonly #inbox = new Store<readonly ConversationInfo[]>(() => this.#sorted());
  readonly #status = new Store<ClientState>(() => this.engine.state);
  readonly inbox: Observable<readonly ConversationInfo[]> = this.#inbox;
  readonly status: Observable<ClientState> = this.#status;
  readonly #presence: Presence;
  readonly #receipts: ReceiptSender;
  readonly #tellsDelivered: boolean;
  readonly #failures = new Map<string, Failure & { readonly recipient: Recipient }>();
  readonly #handles = new Map<string, ChatConversation>();
  readonly #watchers = new Set<() => void>();

  constructor({ delivered = true, ...options }: ClientOptions) {
    const events = new Emitter<ClientEvents>();
    const engine = new Engine(options, events, {
      synced: (page) => this.infos.synced(page),
      joined: (frame) => this.infos.joined(frame),
      begun: (conversation) => this.infos.begun(conversation),
      applied: (applied) => {
        const { conversation, entries } = applied;
        this.infos.timeline(conversation).append(entries);
        this.typists.sent(conversation, entries);
        this.#touch({ conversation });
        events.emit("entries", applied);
      },
      settled: (applied) => {
        this.#arrived(applied);
        this.infos.advance(applied);
      },
      reset: (reset) => {
        this.infos.timeline(reset.conversation).clear();
        this.#touch(reset);
        events.emit("reset", reset);
      },
      changed: (target) => this.#touch(target),
      rejected: (entry, target, error) => {
        const recipient = recipientOf(target);
        if (recipient !== undefined) this.#failures.set(entry.id, { recipient, entry, error });
        this.#touch(target);
      },
      presence: (frame) => this.#presence.learn(frame),
      inService: () => {
        this.#receipts.flush();
        this.#presence.again();
      },
    });
    const { clock } = engine.settings;
    this.engine = engine;
    this.#tellsDelivered = delivered;
    this.infos = new ConversationStore({
      user: () => engine.user,
      appliedSeq: (conversation) => engine.conversations.state(conversation)?.appliedSeq ?? 0,
      changed: (info) => {
        this.#inbox.changed();
        this.#touch({ conversation: info.conversation });
        events.emit("conversation", info);
      },
      readAhead: (conversation, seq) => this.#receipts.again(conversation, seq),
    });
    this.#receipts = new ReceiptSender(clock, (frame) => engine.tell(frame));
    this.typists = new TypingIndicators(clock, (conversation) => this.#touch({ conversation }));
    this.#presence = new Presence({
      clock,
      request: (frame) => engine.request(frame),
      failed: (error) => {
        if (!(error instanceof ClientError)) reportUncaught(error);
        // Without a connection it is asked on the next.
        else if (!(error instanceof ConnectionLostError)) events.emit("error", error);
      },
    });
    this.presence = this.#presence.view;
    // Before the application listens: what it is told of is shown already.
    events.on("receipt", (receipt) => this.infos.receipt(receipt));
    events.on("typing", ({ conversation, user }) => this.typists.note(conversation, user));
    events.on("state", (state) => {
      this.#status.changed();
      if (state === "ended") for (const part of [this.#receipts, this.typists, this.#presence]) part.stop();
    });
  }

  get user(): string | undefined {
    return this.engine.user;
  }

  get state(): ClientState {
    return this.engine.state;
  }

  get conversations(): readonly ConversationInfo[] {
    return this.infos.list();
  }

  on<K extends keyof ClientEvents>(
    event: K,
    listener: Listener<ClientEvents[K]>,
    options?: ListenOptions,
  ): () => void {
    return this.engine.on(event, listener, options);
  }

  connect(): void {
    this.engine.connect();
  }

  close(): void {
    this.engine.close();
  }

  signOut(): Promise<void> {
    return this.engine.signOut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async createGroup(group: NewGroup): Promise<Conversation> {
    return this.conversation(await this.engine.createGroup(group));
  }

  async block(user: string): Promise<void> {
    await this.engine.block(user);
    this.#setBlocking(user, true);
  }

  async unblock(user: string): Promise<void> {
    await this.engine.unblock(user);
    this.#setBlocking(user, false);
  }

  watch(users: readonly string[], { conversation }: WatchOptions = {}): void {
    this.#presence.watch({ users: [...users], conversation });
  }

  send(recipient: Recipient, content: Content): MessageHandle {
    return this.append(recipient, newEntry(this.engine.settings.newId(), content));
  }

  pending(recipient?: Recipient): readonly NewEntry[] {
    return this.engine.pending(recipient);
  }

  conversation(recipient: Recipient): ChatConversation {
    const key = recipientKey(recipient);
    return getOrAdd(this.#handles, key, () => new ChatConversation(recipient, this));
  }

  append(recipient: Recipient, entry: NewEntry): PendingMessage {
    return this.engine.append(recipient, entry, new PendingMessage(entry.id, this));
  }

  loadOlder(conversation: string, limit?: number): Promise<OlderEntries> {
    return this.infos
      .timeline(conversation)
      .load(() => this.engine.loadOlder(conversation, limit))
      .finally(() => this.#touch({ conversation }));
  }

  read(conversation: string, seq: number): void {
    if (this.infos.read(conversation, seq)) this.#receipts.note(conversation, "read", seq);
  }

  failures(recipient: Recipient): Failure[] {
    const isOf = (failure: { recipient: Recipient }) =>
      isSame(this.engine.resolve(failure.recipient), recipient);
    return [...this.#failures.values()].filter(isOf);
  }

  discard(id: string): void {
    this.#failures.delete(id);
  }

  /** How far an entry of this device has come. */
  progress({ conversation, seq }: Sent): SentStatus {
    return statusOf(seq, this.infos.info(conversation));
  }

  listen(listener: () => void): () => void {
    const own = () => listener();
    this.#watchers.add(own);
    return () => void this.#watchers.delete(own);
  }

  #setBlocking(peer: string, blocking: boolean): void {
    const conversation = this.engine.conversations.withPeer(peer);
    if (conversation !== undefined) this.infos.set(conversation, { blocking });
  }

  #sorted(): readonly ConversationInfo[] {
    const newestAtMs = ({ preview }: ConversationInfo) => preview?.sentAtMs ?? 0;
    return this.infos.list().sort((a, b) => newestAtMs(b) - newestAtMs(a));
  }

  /** Something about a conversation, or all, has changed: for those who look at it. */
  #touch(target?: FrameTarget): void {
    const recipient = target && recipientOf(target);
    for (const handle of this.#handles.values()) {
      if (target === undefined || isSame(handle.recipient, recipient)) handle.changed();
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** What others wrote has arrived at this device. */
  #arrived({ conversation, entries }: CoreEvents["entries"]): void {
    const { user, conversations } = this.engine;
    const timeline = this.infos.timeline(conversation);
    const excess = this.#isWatched(conversation) ? undefined : timeline.excess;
    if (excess !== undefined) {
      timeline.forgetBefore(excess);
      conversations.state(conversation)?.forgetBefore(excess);
    }
    const info = this.infos.info(conversation);
    if (!this.#tellsDelivered || (info?.memberCount ?? 0) > LIMITS.chattyMembers) return;
    const newest = entries.findLast(({ sender, kind }) => sender !== user && isContent(kind));
    if (newest !== undefined && newest.seq > (info?.readSeq ?? 0)) {
      this.#receipts.note(conversation, "delivered", newest.seq);
    }
  }

  #isWatched(conversation: string): boolean {
    return [...this.#handles.values()].some((handle) => handle.id === conversation && handle.isWatched);
  }
}

function recipientOf(target: FrameTarget): Recipient | undefined {
  if ("conversation" in target) return target.conversation;
  return "to" in target ? target.to : undefined;
}

function isSame(one: Recipient, other: Recipient | undefined): boolean {
  return other !== undefined && recipientKey(one) === recipientKey(other);
}
