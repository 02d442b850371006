import type {
  AckFrame,
  EntriesFrame,
  JoinedFrame,
  PresenceFrame,
  ReceiptFrame,
  TypingPush,
} from "../../protocol/index.ts";
import { isContent } from "../../protocol/kinds.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { FrameTarget } from "./batch.ts";
import { ChatConversation, type Failure } from "./chat-conversation.ts";
import type { Connection, Request } from "./connection.ts";
import type { Conversation, ListenOptions } from "./conversation.ts";
import type { ConversationInfo } from "./conversation-info.ts";
import { Conversations } from "./conversations.ts";
import { Dialer } from "./dialer.ts";
import { Emitter, type Listener } from "./emitter.ts";
import type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./entry.ts";
import {
  ClientError,
  ClosedError,
  ConnectionLostError,
  OtherUserError,
  RefusedError,
  StorageError,
} from "./errors.ts";
import type { ClientEvents, ClientState, Sent } from "./events.ts";
import { getOrAdd } from "./get-or-add.ts";
import { statusOf } from "./info.ts";
import type { Lane } from "./lane.ts";
import type { LaneRecord } from "./lane-record.ts";
import { type Content, newEntry } from "./new-entry.ts";
import { type Observable, Store } from "./observable.ts";
import { type ClientOptions, type Settings, settingsOf } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { OutboxStore } from "./outbox-store.ts";
import { Presence } from "./presence.ts";
import { ReceiptsOut } from "./receipts-out.ts";
import { PendingSending, type Sending } from "./sending.ts";
import { Session } from "./session.ts";
import { surface } from "./surface.ts";
import { userOfToken } from "./token-claims.ts";
import { Typists } from "./typists.ts";
import type { PresenceView } from "./user-presence.ts";
import { onWake } from "./wake.ts";

export interface NewGroup {
  /** 1-100 characters. @default none */
  readonly title?: string;
  /** At most 40, besides this user; more can be added later. */
  readonly members?: readonly string[];
  /** What newcomers may read: from joining on, or everything. It cannot be changed. @default "joined" */
  readonly history?: "joined" | "all";
}

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
  return new ParleyClient(options);
}

class ParleyClient implements Client {
  readonly #settings: Settings;
  readonly #events = new Emitter<ClientEvents>();
  readonly #outbox = new Outbox((lane, into) => {
    this.#store?.changed(lane, into);
    this.#touch(lane.target);
  });
  readonly #store: OutboxStore | undefined;
  readonly #sendings = new Map<string, PendingSending>();
  readonly #failures = new Map<string, Failure & { readonly recipient: Recipient }>();
  readonly #handles = new Map<string, ChatConversation>();
  readonly #watchers = new Set<() => void>();
  readonly #conversations: Conversations;
  readonly #receipts: ReceiptsOut;
  readonly #typists: Typists;
  readonly #presence: Presence;
  readonly #inbox = new Store<readonly ConversationInfo[]>(() => this.#sorted());
  readonly #status = new Store<ClientState>(() => this.#state);
  readonly inbox: Observable<readonly ConversationInfo[]> = this.#inbox;
  readonly status: Observable<ClientState> = this.#status;
  readonly presence: Observable<PresenceView>;
  readonly #dialer: Dialer;
  #state: ClientState = "offline";
  #user: string | undefined;
  #session: Session | undefined;
  #stopWaking: () => void = () => {};

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options);
    this.#user = this.#settings.user;
    this.#conversations = new Conversations({
      user: () => this.#user,
      changed: (info) => {
        if (info.peer !== undefined) this.#learn(info.peer, info.conversation);
        this.#inbox.changed();
        this.#touch({ conversation: info.conversation });
        this.#events.emit("conversation", info);
      },
      applied: (conversation, entries) => {
        this.#typists.sent(conversation, entries);
        this.#touch({ conversation });
        this.#events.emit("entries", { conversation, entries });
        this.#met(conversation, entries);
        this.#arrived(conversation, entries);
      },
      reset: (conversation, epoch, seq) => {
        this.#touch({ conversation });
        this.#events.emit("reset", { conversation, epoch, seq });
      },
      readAhead: (conversation, seq) => this.#receipts.again(conversation, seq),
      syncNeeded: () => this.#resync(),
      holeFound: (conversation) => this.#session?.repair(conversation),
    });
    const { clock, storage, newId } = this.#settings;
    this.#receipts = new ReceiptsOut(clock, (frame) => this.#tell(frame));
    this.#typists = new Typists(clock, (conversation) => this.#touch({ conversation }));
    this.#presence = new Presence({
      clock,
      request: (frame) => this.#request(frame),
      // Without a connection it is asked on the next.
      failed: (error) => error instanceof ConnectionLostError || this.#failed(error),
    });
    this.presence = this.#presence.view;
    if (storage !== undefined) {
      this.#store = new OutboxStore({
        storage,
        newId,
        adopt: (record) => this.#adopt(record),
        failed: (cause) => this.#events.emit("error", new StorageError(cause)),
      });
      if (this.#user !== undefined) this.#store.open(this.#user);
    }
    this.#dialer = new Dialer(this.#settings, {
      dialling: () => {
        this.#session = undefined;
        this.#setState("connecting");
      },
      granted: (token) => this.#granted(token),
      opened: (connection) => this.#begin(connection),
      offline: () => {
        this.#session = undefined;
        this.#setState("offline");
      },
      unreachable: (error) => this.#events.emit("error", error),
      finished: (error) => {
        this.#events.emit("error", new RefusedError(error));
        this.close();
      },
      log: (frame) => this.#logged(frame),
      told: (frame) => this.#told(frame),
      refused: (ids, error) => this.#session?.sender.refused(ids, error),
      resync: (connection) => {
        // One that is not in service yet is in the middle of a sync.
        if (this.#session?.connection !== connection) return;
        this.#resync();
        this.#presence.again();
      },
    });
  }

  get user(): string | undefined {
    return this.#user;
  }

  get state(): ClientState {
    return this.#state;
  }

  get conversations(): readonly ConversationInfo[] {
    return this.#conversations.list();
  }

  on<K extends keyof ClientEvents>(
    event: K,
    listener: Listener<ClientEvents[K]>,
    { signal }: ListenOptions = {},
  ): () => void {
    return this.#events.on(event, listener, signal);
  }

  connect(): void {
    if (this.#state === "ended") throw new ClosedError();
    this.#dialer.start();
    this.#stopWaking();
    this.#stopWaking = onWake(() => {
      this.#dialer.wake();
      // Who looks at this tab may have closed another.
      void this.#store?.lookAround();
    });
  }

  close(): void {
    if (this.#state === "ended") return;
    this.#dialer.stop();
    this.#session = undefined;
    this.#stopWaking();
    for (const part of [this.#receipts, this.#typists, this.#presence]) part.stop();
    this.#state = "ended";
    this.#status.changed();
    this.#events.emitLast("state", "ended");
    for (const sending of this.#sendings.values()) sending.failed(new ClosedError());
    this.#sendings.clear();
    this.#touchAll();
    this.#store?.close();
  }

  async signOut(): Promise<void> {
    this.close();
    await this.#store?.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  conversation(recipient: Recipient): Conversation {
    const key = typeof recipient === "string" ? recipient : `@${recipient.user}`;
    return getOrAdd(this.#handles, key, () => new ChatConversation(recipient, this.#host()));
  }

  async createGroup({ title, members = [], history }: NewGroup): Promise<Conversation> {
    const body = {
      members: [...members],
      ...(title !== undefined && { title }),
      ...(history && { history }),
    };
    const entry = { id: this.#settings.newId(), kind: "create", body };
    const { conversation } = await this.#append(entry, () => this.#outbox.create(entry)).done;
    return this.conversation(conversation);
  }

  block(user: string): Promise<void> {
    return this.#setBlock("block", user);
  }

  unblock(user: string): Promise<void> {
    return this.#setBlock("unblock", user);
  }

  watch(users: readonly string[], { conversation }: WatchOptions = {}): void {
    this.#presence.watch({ users: [...users], ...(conversation !== undefined && { conversation }) });
  }

  send(recipient: Recipient, content: Content): Sending {
    return this.#sendTo(recipient, newEntry(this.#settings.newId(), content));
  }

  pending(recipient?: Recipient): readonly NewEntry[] {
    if (recipient === undefined) return this.#outbox.lanes().flatMap((lane) => lane.pending());
    return this.#outbox.pending(this.#resolve(recipient));
  }

  loadOlder(conversation: string, limit: number = LIMITS.historyPage): Promise<OlderEntries> {
    const session = this.#session;
    if (session === undefined) return Promise.reject(this.#absence());
    const load = () => session.loadOlder(conversation, limit);
    return this.#conversations
      .timeline(conversation)
      .load(load)
      .finally(() => this.#touch({ conversation }));
  }

  /** What conversations see of their client. */
  #host() {
    const client = this;
    const { clock, newId } = this.#settings;
    const conversations = this.#conversations;
    return {
      clock,
      newId,
      get user() {
        return client.#user;
      },
      resolve: (recipient: Recipient) => this.#resolve(recipient),
      conversations,
      typists: this.#typists,
      pending: (recipient: Recipient) => this.pending(recipient),
      failures: (recipient: Recipient) =>
        [...this.#failures.values()].filter((failure) => isSame(this.#resolve(failure.recipient), recipient)),
      discard: (id: string) => void this.#failures.delete(id),
      append: (recipient: Recipient, entry: NewEntry) => this.#sendTo(recipient, entry),
      request: (frame: Request) => this.#request(frame),
      tell: (frame: Parameters<Connection["tell"]>[0]) => this.#tell(frame),
      read: (conversation: string, seq: number) => {
        if (conversations.read(conversation, seq)) this.#receipts.note(conversation, "read", seq);
      },
      loadOlder: (conversation: string, limit: number) => this.loadOlder(conversation, limit),
      on: this.on.bind(this),
    };
  }

  #sendTo(recipient: Recipient, entry: NewEntry): Sending {
    const resolved = this.#resolve(recipient);
    const state = typeof resolved === "string" ? this.#conversations.state(resolved) : undefined;
    return this.#append(entry, () => this.#outbox.add(resolved, entry, state?.cursor ?? 0));
  }

  #append(entry: NewEntry, add: () => Lane): Sending {
    if (this.#state === "ended") throw new ClosedError();
    const sending = new PendingSending(entry.id, {
      status: (sent) => statusOf(sent.seq, this.#conversations.info(sent.conversation)),
      watch: (listener) => {
        const own = () => listener();
        this.#watchers.add(own);
        return () => void this.#watchers.delete(own);
      },
    });
    this.#sendings.set(entry.id, sending);
    const lane = add();
    if (this.#state === "online") this.#session?.sender.flush(lane);
    return sending;
  }

  async #setBlock(type: "block" | "unblock", user: string): Promise<void> {
    await this.#request({ type, user });
    const conversation = this.#conversations.withPeer(user);
    if (conversation !== undefined) this.#conversations.set(conversation, { blocking: type === "block" });
  }

  #request(frame: Request): Promise<unknown> {
    return this.#session?.request(frame) ?? Promise.reject(this.#absence());
  }

  /** What has no answer is sent now or not at all. */
  #tell(frame: Parameters<Connection["tell"]>[0]): boolean {
    this.#session?.connection.tell(frame);
    return this.#session !== undefined;
  }

  #absence(): ClientError {
    return this.#state === "ended" ? new ClosedError() : new ConnectionLostError();
  }

  /** Something about a conversation has changed: for those who look at it. */
  #touch(target: FrameTarget): void {
    const recipient = recipientOf(target);
    for (const handle of this.#handles.values()) if (isSame(handle.recipient, recipient)) handle.changed();
    for (const watcher of this.#watchers) watcher();
  }

  #touchAll(): void {
    for (const handle of this.#handles.values()) handle.changed();
    for (const watcher of this.#watchers) watcher();
  }

  #sorted(): readonly ConversationInfo[] {
    const newestAtMs = ({ preview }: ConversationInfo) => preview?.sentAtMs ?? 0;
    return this.#conversations.list().sort((a, b) => newestAtMs(b) - newestAtMs(a));
  }

  #failed(error: unknown): void {
    if (error instanceof ClientError) this.#events.emit("error", error);
    else surface(error);
  }

  /** Two lanes may turn out to be of one conversation; the frame the absorbed one had on its way is the other's now. */
  #learn(peer: string, conversation: string): void {
    const lanes = this.#outbox.learn(peer, conversation);
    if (lanes === undefined) return;
    this.#session?.sender.forget(lanes.absorbed);
    if (this.#state === "online") this.#session?.sender.flush(lanes.survivor);
  }

  /** By the conversation as soon as it is known: one conversation, one order. */
  #resolve(recipient: Recipient): Recipient {
    if (typeof recipient === "string") return recipient;
    return this.#conversations.withPeer(recipient.user) ?? recipient;
  }

  #setState(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#status.changed();
    this.#events.emit("state", state);
  }

  #granted(token: string): void {
    const user = this.#settings.user ?? userOfToken(token);
    // What waits to be sent was written by the user before.
    if (this.#user !== undefined && this.#user !== user) throw new OtherUserError();
    this.#user = user;
    this.#store?.open(user);
  }

  #adopt(record: LaneRecord): Lane | undefined {
    const { target } = record;
    const conversation = "to" in target ? this.#conversations.withPeer(target.to.user) : undefined;
    const lane = this.#outbox.restore(conversation === undefined ? target : { conversation }, record);
    if (lane !== undefined && this.#state === "online") this.#session?.sender.flush(lane);
    return lane;
  }

  #begin(connection: Connection): void {
    const { clock, random, timings } = this.#settings;
    const session = new Session(connection, this.#conversations, this.#outbox, {
      clock,
      random,
      timings,
      met: (conversation, entries) => this.#met(conversation, entries),
      kept: (lane) => this.#store?.kept(lane),
      rejected: (entry, target, error) => this.#rejected(entry, target, error),
      repairFailed: (error) => this.#events.emit("error", error),
    });
    // What was written before a reload goes before what is written after it.
    const ready = Promise.all([session.begin(), this.#store?.lookAround()]);
    this.#whileOpen(session, ready, () => {
      this.#dialer.settle(connection);
      this.#session = session;
      // In this order: what a listener sends from here on goes out by itself, and what was sent before is flushed.
      this.#setState("online");
      session.sender.flushAll();
      // What a connection before this one was about to mend.
      session.repairAll();
      this.#receipts.flush();
      this.#presence.again();
      if (this.#conversations.someAhead) this.#resync(session);
    });
  }

  #resync(session = this.#session): void {
    if (session !== undefined) this.#whileOpen(session, session.resync(), () => {});
  }

  /** A connection on which a sync fails is of no use; the next one begins with a sync. */
  #whileOpen(session: Session, work: Promise<unknown>, done: () => void): void {
    const { connection } = session;
    work.then(
      () => !connection.signal.aborted && done(),
      (error: unknown) => !connection.signal.aborted && this.#giveUp(connection, error),
    );
  }

  #giveUp(connection: Connection, cause: unknown): void {
    if (!(cause instanceof ClientError)) surface(cause);
    else if (!cause.temporary) this.#events.emit("error", cause);
    this.#dialer.redial(connection, cause);
  }

  #logged(frame: AckFrame | EntriesFrame | JoinedFrame): void {
    if (frame.type === "entries") this.#conversations.pushed(frame);
    else if (frame.type === "joined") this.#conversations.joined(frame);
    else this.#acked(frame);
  }

  #told(frame: ReceiptFrame | TypingPush | PresenceFrame): void {
    if (frame.type === "presence") {
      this.#presence.learn(frame);
      return;
    }
    const { type, ...payload } = frame;
    if (frame.type === "receipt") this.#conversations.receipt(frame);
    else this.#typists.note(frame.conversation, frame.user);
    this.#events.emit(type, payload);
  }

  /** What others wrote has arrived at this device. */
  #arrived(conversation: string, entries: readonly Entry[]): void {
    const excess = this.#isWatched(conversation)
      ? undefined
      : this.#conversations.timeline(conversation).excess;
    if (excess !== undefined) {
      this.#conversations.timeline(conversation).forgetBefore(excess);
      this.#conversations.state(conversation)?.forgetBefore(excess);
    }
    const info = this.#conversations.info(conversation);
    if (!this.#settings.delivered || (info?.memberCount ?? 0) > LIMITS.chattyMembers) return;
    const newest = entries.findLast(({ sender, kind }) => sender !== this.#user && isContent(kind));
    if (newest !== undefined && newest.seq > (info?.readSeq ?? 0)) {
      this.#receipts.note(conversation, "delivered", newest.seq);
    }
  }

  #isWatched(conversation: string): boolean {
    return [...this.#handles.values()].some((handle) => handle.id === conversation && handle.isWatched);
  }

  #acked(ack: AckFrame): void {
    const peer = this.#outbox.peerOf(ack);
    const entries = this.#outbox.acknowledged(ack, this.#user ?? "");
    this.#conversations.acknowledged(ack, entries, peer);
    this.#acknowledged(ack.conversation, entries);
  }

  /** Own entries met in the log need no ack any more. */
  #met(conversation: string, entries: readonly Entry[]): void {
    const own = entries.filter(({ sender, id }) => sender === this.#user && this.#outbox.settle(id));
    if (own.length > 0) this.#acknowledged(conversation, own);
  }

  #acknowledged(conversation: string, entries: readonly Entry[]): void {
    for (const { id, seq, sentAtMs } of entries) {
      const sent: Sent = { id, conversation, seq, sentAtMs };
      this.#sendings.get(id)?.sent(sent);
      this.#sendings.delete(id);
      this.#events.emit("acknowledged", sent);
    }
    this.#touch({ conversation });
    // What was queued behind these may go now.
    if (this.#state === "online") this.#session?.sender.flushAll();
  }

  #rejected(entry: NewEntry, target: FrameTarget, error: ServerError): void {
    const refused = new RefusedError(error);
    const recipient = recipientOf(target);
    if (recipient !== undefined) this.#failures.set(entry.id, { recipient, entry, error: refused });
    this.#sendings.get(entry.id)?.failed(refused);
    this.#sendings.delete(entry.id);
    this.#touch(target);
    this.#events.emit("rejected", { id: entry.id, error: refused });
  }
}

function recipientOf(target: FrameTarget): Recipient | undefined {
  if ("conversation" in target) return target.conversation;
  return "to" in target ? target.to : undefined;
}

function isSame(one: Recipient, other: Recipient | undefined): boolean {
  if (typeof one === "string" || typeof other !== "object") return one === other;
  return one.user === other.user;
}
