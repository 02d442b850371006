import { isContent } from "../../../protocol/kinds.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { NewGroup } from "../api/core-client.ts";
import type { NewEntry, OlderEntries, Recipient } from "../api/entry.ts";
import { ClientError, ConnectionLostError } from "../api/errors.ts";
import type { ClientState, CoreEvents, ListenOptions, Sent } from "../api/events.ts";
import { recipientKey } from "../api/recipient-key.ts";
import { Engine } from "../engine.ts";
import type { FrameTarget } from "../outbox/composed-frame.ts";
import { newEntry } from "../outbox/new-entry.ts";
import { Emitter, type Listener } from "../util/emitter.ts";
import { reportUncaught } from "../util/report-uncaught.ts";
import { ChatConversation, type ConversationHost, type Failure } from "./chat-conversation.ts";
import type { Client, ClientOptions, Unsent, WatchOptions } from "./client.ts";
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

/** The client with views: keeps what screens show, and sends receipts, typing and presence requests. */
export class ChatClient implements Client, ConversationHost, MessageHandleHost {
  readonly engine: Engine<ConversationInfo>;
  readonly store: ConversationStore;
  readonly typingIndicators: TypingIndicators;
  readonly presence: Observable<PresenceView>;
  readonly #inbox = new Store<readonly ConversationInfo[]>(() => this.#newestFirst());
  readonly #status = new Store<ClientState>(() => this.engine.state);
  readonly #unsent = new Store<readonly Unsent[]>(() => this.#unsentNewestFirst());
  readonly inbox: Observable<readonly ConversationInfo[]> = this.#inbox;
  readonly unsent: Observable<readonly Unsent[]> = this.#unsent;
  readonly status: Observable<ClientState> = this.#status;
  readonly #presence: Presence;
  readonly #receipts: ReceiptSender;
  readonly #sendsDelivered: boolean;
  readonly #failures = new Map<string, Failure & { readonly recipient: Recipient }>();
  readonly #handles = new Set<ChatConversation>();
  readonly #changeListeners = new Set<() => void>();
  /** Entries in the order in which this client wrote them. */
  readonly #written = new WeakMap<NewEntry, number>();
  #writtenCount = 0;

  constructor({ delivered = true, ...options }: ClientOptions) {
    const events = new Emitter<ClientEvents>();
    const engine = new Engine(options, events, {
      synced: (page) => this.store.synced(page),
      joined: (frame) => this.store.joined(frame),
      created: (conversation) => this.store.begun(conversation),
      applied: (applied) => {
        const { conversation, entries } = applied;
        this.store.timeline(conversation).append(entries);
        this.typingIndicators.entriesReceived(conversation, entries);
        this.#notify({ conversation });
        events.emit("entries", applied);
      },
      afterApplied: (applied) => {
        this.#entriesArrived(applied);
        this.store.applyEntries(applied);
      },
      reset: (reset) => {
        this.store.timeline(reset.conversation).clear();
        this.#notify(reset);
        events.emit("reset", reset);
      },
      pendingChanged: (target) => this.#unsentChanged(target),
      rejected: (entry, target, error) => {
        const recipient = toRecipient(target);
        if (recipient !== undefined) this.#failures.set(entry.id, { recipient, entry, error });
        this.#unsentChanged(target);
      },
      presence: (frame) => this.#presence.update(frame),
      wantsReceipts: (conversation) => this.store.hasUnreadByOthers(conversation),
      connectionReady: () => {
        this.#receipts.flush();
        this.#presence.renewWatch();
      },
    });
    const { clock } = engine.settings;
    this.engine = engine;
    this.#sendsDelivered = delivered;
    this.store = new ConversationStore({
      user: () => engine.user,
      appliedSeq: (conversation) => engine.conversations.log(conversation)?.appliedSeq ?? 0,
      changed: (info) => {
        this.#inbox.changed();
        this.#notify({ conversation: info.conversation });
        events.emit("conversation", info);
      },
      forgotten: (conversation) => {
        this.#inbox.changed();
        this.#notify({ conversation });
      },
      readLocally: (conversation, seq) => this.#receipts.resendRead(conversation, seq),
    });
    this.#receipts = new ReceiptSender(clock, (frame) => engine.sendOneWay(frame));
    this.typingIndicators = new TypingIndicators(clock, (conversation) => this.#notify({ conversation }));
    this.#presence = new Presence({
      // Presence expires by the server's clock.
      clock: {
        nowMs: () => clock.nowMs() + this.serverAheadMs,
        after: (delayMs, fire) => clock.after(delayMs, fire),
      },
      request: (frame) => engine.request(frame),
      failed: (error) => {
        if (!(error instanceof ClientError)) reportUncaught(error);
        // Without a connection, the request is repeated on the next one.
        else if (!(error instanceof ConnectionLostError)) events.emit("error", error);
      },
    });
    this.presence = this.#presence.view;
    // Registered before any listener of the application, which then finds the views up to date.
    events.on("receipt", (receipt) => this.store.receiptReceived(receipt));
    events.on("typing", ({ conversation, user }) => this.typingIndicators.started(conversation, user));
    events.on("state", (state) => {
      this.#status.changed();
      if (state === "ended")
        for (const part of [this.#receipts, this.typingIndicators, this.#presence]) part.stop();
    });
  }

  get user(): string | undefined {
    return this.engine.user;
  }

  get state(): ClientState {
    return this.engine.state;
  }

  get serverAheadMs(): number {
    return this.engine.conversations.serverAheadMs;
  }

  get conversations(): readonly ConversationInfo[] {
    return this.store.list();
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
    const resolved = this.engine.resolve(recipient);
    // A handle stays with its conversation, also when its user is erased and somebody else comes by that name.
    for (const handle of this.#handles) if (isSameRecipient(handle.recipient, resolved)) return handle;
    const handle = new ChatConversation(recipient, this);
    this.#handles.add(handle);
    return handle;
  }

  append(recipient: Recipient, entry: NewEntry): PendingMessage {
    this.#writtenCount += 1;
    this.#written.set(entry, this.#writtenCount);
    return this.engine.append(recipient, entry, new PendingMessage(entry.id, this));
  }

  loadOlder(conversation: string, limit?: number): Promise<OlderEntries> {
    return this.store
      .timeline(conversation)
      .load(() => this.engine.loadOlder(conversation, limit))
      .finally(() => this.#notify({ conversation }));
  }

  markRead(conversation: string, seq: number): void {
    if (this.store.markRead(conversation, seq)) this.#receipts.queue(conversation, "read", seq);
  }

  failures(recipient: Recipient): Failure[] {
    const isOf = (failure: { recipient: Recipient }) =>
      isSameRecipient(this.engine.resolve(failure.recipient), recipient);
    return [...this.#failures.values()].filter(isOf);
  }

  discard(id: string): void {
    this.#failures.delete(id);
    this.#unsent.changed();
  }

  /** Returns the status of an entry of this device that is in the log. */
  sentStatus({ conversation, seq }: Sent): SentStatus {
    return statusOf(seq, this.store.info(conversation));
  }

  onChange(listener: () => void): () => void {
    // A listener added twice is two listeners.
    const added = () => listener();
    this.#changeListeners.add(added);
    return () => void this.#changeListeners.delete(added);
  }

  #setBlocking(peer: string, blocking: boolean): void {
    const conversation = this.engine.conversations.conversationWith(peer);
    if (conversation !== undefined) this.store.update(conversation, { blocking });
  }

  #newestFirst(): readonly ConversationInfo[] {
    const newestAtMs = ({ preview }: ConversationInfo) => preview?.sentAtMs ?? 0;
    return this.store.list().sort((a, b) => newestAtMs(b) - newestAtMs(a));
  }

  #unsentNewestFirst(): readonly Unsent[] {
    const newest = new Map<string, Unsent>();
    const add = (recipient: Recipient, entry: NewEntry, status: Unsent["status"]) => {
      if (isContent(entry.kind)) newest.set(recipientKey(recipient), { recipient, entry, status });
    };
    for (const { recipient, entry } of this.#failures.values())
      add(this.engine.resolve(recipient), entry, "failed");
    for (const queue of this.engine.queues()) {
      const recipient = toRecipient(queue.target);
      if (recipient !== undefined) for (const entry of queue.pending()) add(recipient, entry, "queued");
    }
    const order = ({ entry }: Unsent) => this.#written.get(entry) ?? 0;
    return [...newest.values()].sort((a, b) => order(b) - order(a));
  }

  #unsentChanged(target?: FrameTarget): void {
    this.#unsent.changed();
    this.#notify(target);
  }

  /** Notifies subscribers that a conversation has changed; without a target, that any may have. */
  #notify(target?: FrameTarget): void {
    const recipient = target && toRecipient(target);
    for (const handle of this.#handles) {
      if (target === undefined || isSameRecipient(handle.recipient, recipient)) handle.changed();
    }
    for (const listener of this.#changeListeners) listener();
  }

  /** Trims the timeline and acknowledges the delivery of entries that others wrote. */
  #entriesArrived({ conversation, entries }: CoreEvents["entries"]): void {
    const { user, conversations } = this.engine;
    const timeline = this.store.timeline(conversation);
    const excess = this.#hasSubscribers(conversation) ? undefined : timeline.trimBeforeSeq;
    if (excess !== undefined) {
      timeline.forgetBefore(excess);
      conversations.log(conversation)?.forgetBefore(excess);
    }
    const info = this.store.info(conversation);
    if (!this.#sendsDelivered || (info?.memberCount ?? 0) > LIMITS.chattyMembers) return;
    const newest = entries.findLast(({ sender, kind }) => sender !== user && isContent(kind));
    if (newest !== undefined && newest.seq > (info?.readSeq ?? 0)) {
      this.#receipts.queue(conversation, "delivered", newest.seq);
    }
  }

  #hasSubscribers(conversation: string): boolean {
    return [...this.#handles].some((handle) => handle.id === conversation && handle.hasSubscribers);
  }
}

function toRecipient(target: FrameTarget): Recipient | undefined {
  if ("conversation" in target) return target.conversation;
  return "to" in target ? target.to : undefined;
}

function isSameRecipient(one: Recipient, other: Recipient | undefined): boolean {
  return other !== undefined && recipientKey(one) === recipientKey(other);
}
