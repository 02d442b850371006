import type { AckFrame, PresenceFrame } from "../../protocol/index.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { CoreClient, NewGroup, SendHandle } from "./api/core-client.ts";
import type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./api/entry.ts";
import { ClientError, ClosedError, ConnectionLostError, OtherUserError, RefusedError } from "./api/errors.ts";
import type { ClientState, CoreEvents, KnownConversation, ListenOptions, Sent } from "./api/events.ts";
import type { CoreOptions } from "./api/options.ts";
import type { Settings } from "./api/settings.ts";
import type { Connection, OneWayFrame, PushedFrame, Request } from "./connection/connection.ts";
import { Connector } from "./connection/connector.ts";
import { readUser } from "./connection/jwt.ts";
import { onWakeOrOffline } from "./connection/wake-events.ts";
import type { FrameTarget } from "./outbox/composed-frame.ts";
import { newEntry } from "./outbox/new-entry.ts";
import { Outbox } from "./outbox/outbox.ts";
import { OutboxStore } from "./outbox/outbox-store.ts";
import type { QueueRecord } from "./outbox/queue-record.ts";
import { PendingSend } from "./outbox/send-handle.ts";
import type { SendQueue } from "./outbox/send-queue.ts";
import { Session } from "./session.ts";
import { resolveSettings } from "./settings.ts";
import { Conversations, type LogListener } from "./sync/conversations.ts";
import type { Emitter, Listener } from "./util/emitter.ts";
import { reportUncaught } from "./util/report-uncaught.ts";

/** Callbacks to the client built on an engine: changes of the log, and whatever it needs beyond the events. */
export interface EngineListener extends LogListener {
  /** Called after `applied`, once the outbox no longer holds these entries. */
  afterApplied?(applied: CoreEvents["entries"]): void;
  /** The unacknowledged entries of a conversation have changed; without a target, those of any conversation. */
  pendingChanged?(target?: FrameTarget): void;
  rejected?(entry: NewEntry, target: FrameTarget, error: RefusedError): void;
  presence?(frame: PresenceFrame): void;
  /** A connection is in service that is new, or that the server had lost track of: it knows of no watch or receipt. */
  connectionReady?(): void;
}

/** Keeps the logs of a user's conversations and the outbox in sync with the server. */
export class Engine<Known extends KnownConversation = KnownConversation> implements CoreClient {
  readonly settings: Settings;
  readonly conversations: Conversations;
  readonly #events: Emitter<CoreEvents<Known>>;
  readonly #listener: EngineListener;
  readonly #outbox = new Outbox((queue, into) => {
    this.#store?.changed(queue, into);
    this.#listener.pendingChanged?.(queue.target);
  });
  readonly #store: OutboxStore | undefined;
  readonly #sends = new Map<string, PendingSend>();
  readonly #connector: Connector;
  #state: ClientState = "offline";
  #user: string | undefined;
  /** Undefined unless online. */
  #session: Session | undefined;
  #stopWakeEvents: () => void = () => {};

  constructor(options: CoreOptions, events: Emitter<CoreEvents<Known>>, listener: EngineListener) {
    this.settings = resolveSettings(options);
    this.#user = this.settings.user;
    this.#events = events;
    this.#listener = listener;
    this.conversations = new Conversations({
      ...listener,
      applied: (applied) => {
        listener.applied(applied);
        this.#foundInLog(applied.conversation, applied.entries);
        listener.afterApplied?.(applied);
      },
      peerLinked: (peer, conversation) => this.#peerLinked(peer, conversation),
      syncNeeded: () => this.#resync(),
      holeFound: (conversation) => this.#session?.repair(conversation),
    });
    const { storage } = this.settings;
    if (storage !== undefined) {
      this.#store = new OutboxStore({
        ...this.settings,
        storage,
        adopt: (record) => this.#adopt(record),
        failed: (error) => events.emit("error", error),
      });
      if (this.#user !== undefined) this.#store.open(this.#user);
    }
    this.#connector = new Connector(this.settings, {
      connecting: () => {
        this.#session = undefined;
        this.#setState("connecting");
      },
      tokenReceived: (token) => this.#tokenReceived(token),
      opened: (connection) => this.#startSession(connection),
      offline: () => {
        this.#session = undefined;
        this.#setState("offline");
      },
      unreachable: (error) => events.emit("error", error),
      finished: (error) => {
        events.emit("error", new RefusedError(error));
        this.close();
      },
      pushed: (frame) => this.#pushReceived(frame),
      refused: (ids, error) => this.#session?.sender.refused(ids, error),
      resync: (connection) => {
        // A connection that is not in service yet is still syncing.
        if (this.#session?.connection !== connection) return;
        this.#resync();
        listener.connectionReady?.();
      },
    });
  }

  get user(): string | undefined {
    return this.#user;
  }

  get state(): ClientState {
    return this.#state;
  }

  on<K extends keyof CoreEvents>(
    event: K,
    listener: Listener<CoreEvents<Known>[K]>,
    { signal }: ListenOptions = {},
  ): () => void {
    return this.#events.on(event, listener, signal);
  }

  connect(): void {
    if (this.#state === "ended") throw new ClosedError();
    this.#connector.start();
    this.#stopWakeEvents();
    this.#stopWakeEvents = onWakeOrOffline(this.settings.clock, {
      awake: (hasSlept) => {
        this.#connector.retryNow(hasSlept);
        // The user may have closed another tab before returning to this one.
        void this.#store?.adoptAbandoned();
      },
      offline: () => this.#connector.doubt(),
    });
  }

  close(): void {
    if (this.#state === "ended") return;
    this.#connector.stop();
    this.#session = undefined;
    this.#stopWakeEvents();
    this.#state = "ended";
    this.#events.emitLast("state", "ended");
    for (const send of this.#sends.values()) send.reject(new ClosedError());
    this.#sends.clear();
    this.#listener.pendingChanged?.();
    this.#store?.close();
  }

  async signOut(): Promise<void> {
    this.close();
    await this.#store?.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  send(recipient: Recipient, content: string | Omit<NewEntry, "id">): SendHandle {
    const entry = newEntry(this.settings.newId(), content);
    return this.append(recipient, entry, new PendingSend(entry.id));
  }

  /** Queues an entry, and returns the handle that is resolved or rejected with its result. */
  append<O extends PendingSend>(recipient: Recipient, entry: NewEntry, send: O): O {
    const resolved = this.resolve(recipient);
    const log = typeof resolved === "string" ? this.conversations.log(resolved) : undefined;
    return this.#append(send, () => this.#outbox.add(resolved, entry, log?.cursor ?? 0));
  }

  async createGroup({ title, members = [], history }: NewGroup): Promise<string> {
    // A title may be typed in another form than NFC. User ids are compared, so they are left as they are.
    const body = { title: title?.normalize(), members, history };
    const entry = newEntry(this.settings.newId(), { kind: "create", body });
    const send = this.#append(new PendingSend(entry.id), () => this.#outbox.create(entry));
    return (await send.done).conversation;
  }

  async block(user: string): Promise<void> {
    await this.request({ type: "block", user });
  }

  async unblock(user: string): Promise<void> {
    await this.request({ type: "unblock", user });
  }

  pending(recipient?: Recipient): readonly NewEntry[] {
    if (recipient === undefined) return this.queues().flatMap((queue) => queue.pending());
    return this.#outbox.pending(this.resolve(recipient));
  }

  /** Returns the queues of unacknowledged entries. */
  queues(): readonly SendQueue[] {
    return this.#outbox.queues();
  }

  loadOlder(conversation: string, limit: number = LIMITS.historyPage): Promise<OlderEntries> {
    return this.#session?.loadOlder(conversation, limit) ?? Promise.reject(this.#unavailableError());
  }

  /** Sends a request, with retries. Resolves to the `result` of the reply; rejects with a ClientError. */
  request(frame: Request): Promise<unknown> {
    return this.#session?.request(frame) ?? Promise.reject(this.#unavailableError());
  }

  /** Sends a frame that has no answer, if online. Returns false if it was not sent. */
  sendOneWay(frame: OneWayFrame): boolean {
    this.#session?.connection.sendOneWay(frame);
    return this.#session !== undefined;
  }

  /** Replaces a user by the id of the direct conversation, if known: entries keep one order per conversation. */
  resolve(recipient: Recipient): Recipient {
    if (typeof recipient === "string") return recipient;
    return this.conversations.conversationWith(recipient.user) ?? recipient;
  }

  #append<O extends PendingSend>(send: O, add: () => SendQueue): O {
    if (this.#state === "ended") throw new ClosedError();
    this.#sends.set(send.id, send);
    const queue = add();
    void this.#store?.stored(queue)?.then((isStored) => isStored && send.markStored());
    this.#session?.sender.flush(queue);
    return send;
  }

  #unavailableError(): ClientError {
    return this.#state === "ended" ? new ClosedError() : new ConnectionLostError();
  }

  /** Two queues may turn out to belong to one conversation. The remaining one takes over the frame under way. */
  #peerLinked(peer: string, conversation: string): void {
    const queues = this.#outbox.linkPeer(peer, conversation);
    if (queues === undefined) return;
    this.#session?.sender.cancel(queues.absorbed);
    this.#session?.sender.flush(queues.survivor);
  }

  #setState(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.emit("state", state);
  }

  #tokenReceived(token: string): void {
    const user = this.settings.user ?? readUser(token);
    // The outbox holds entries that the previous user wrote.
    if (this.#user !== undefined && this.#user !== user) throw new OtherUserError();
    this.#user = user;
    this.#store?.open(user);
  }

  #adopt(record: QueueRecord): SendQueue | undefined {
    const { target } = record;
    const conversation = "to" in target ? this.conversations.conversationWith(target.to.user) : undefined;
    const queue = this.#outbox.restore(conversation === undefined ? target : { conversation }, record);
    if (queue !== undefined) this.#session?.sender.flush(queue);
    return queue;
  }

  #startSession(connection: Connection): void {
    const session = new Session(connection, this.conversations, this.#outbox, this.settings, {
      foundInLog: (conversation, entries) => this.#foundInLog(conversation, entries),
      saved: (queue) => this.#store?.saved(queue),
      rejected: (entry, target, error) => this.#reportRejected(entry, target, error),
      repairFailed: (error) => this.#events.emit("error", error),
    });
    // Entries written before a reload are sent before those written after it.
    const ready = Promise.all([session.initialSync(), this.#store?.adoptAbandoned()]);
    this.#runOnConnection(session, ready, () => {
      this.#connector.promote(connection);
      this.#session = session;
      // In this order: entries that a listener sends from now on go out at once; flushing sends the earlier ones.
      this.#setState("online");
      session.sender.flushAll();
      // Holes that an earlier connection did not close.
      session.repairAll();
      this.#listener.connectionReady?.();
      if (this.conversations.hasEntriesAhead) this.#resync(session);
    });
  }

  #resync(session = this.#session): void {
    if (session !== undefined) this.#runOnConnection(session, session.resync(), () => {});
  }

  /** Replaces the connection if the work fails: without a sync it is of no use, and the next one begins with a sync. */
  #runOnConnection(session: Session, work: Promise<unknown>, done: () => void): void {
    const { connection } = session;
    work.then(
      () => !connection.signal.aborted && done(),
      (error: unknown) => !connection.signal.aborted && this.#replaceConnection(connection, error),
    );
  }

  #replaceConnection(connection: Connection, cause: unknown): void {
    if (!(cause instanceof ClientError)) reportUncaught(cause);
    else if (!cause.temporary) {
      // The server may have been set back to a version that does not know `since`.
      this.conversations.syncedAtMs = undefined;
      this.#events.emit("error", cause);
    }
    this.#connector.replace(connection, cause);
  }

  #pushReceived(frame: PushedFrame): void {
    switch (frame.type) {
      case "entries":
        this.conversations.pushed(frame);
        break;
      case "joined":
        this.conversations.joined(frame);
        break;
      case "ack":
        this.#ackReceived(frame);
        break;
      case "accepted":
        this.#session?.sender.accepted(frame.ids);
        break;
      case "presence":
        this.#listener.presence?.(frame);
        break;
      default: {
        const { type, ...payload } = frame;
        this.#events.emit(type, payload);
      }
    }
  }

  #ackReceived(ack: AckFrame): void {
    const peer = this.#outbox.addressedPeer(ack);
    const entries = this.#outbox.removeAcknowledged(ack, this.#user ?? "");
    this.conversations.acknowledged(ack, entries, peer);
    this.#reportAcknowledged(ack.conversation, entries);
  }

  /** Own entries that are found in the log do not need an ack any more. */
  #foundInLog(conversation: string, entries: readonly Entry[]): void {
    const own = entries.filter(({ sender, id }) => sender === this.#user && this.#outbox.remove(id));
    if (own.length > 0) this.#reportAcknowledged(conversation, own);
  }

  #reportAcknowledged(conversation: string, entries: readonly Entry[]): void {
    for (const { id, seq, sentAtMs } of entries) {
      const sent: Sent = { id, conversation, seq, sentAtMs };
      this.#sends.get(id)?.resolve(sent);
      this.#sends.delete(id);
      this.#events.emit("acknowledged", sent);
    }
    this.#listener.pendingChanged?.({ conversation });
    // Entries queued behind these can be sent now.
    this.#session?.sender.flushAll();
  }

  #reportRejected(entry: NewEntry, target: FrameTarget, error: ServerError): void {
    const refused = new RefusedError(error);
    const { id } = entry;
    this.#sends.get(id)?.reject(refused);
    this.#sends.delete(id);
    this.#listener.rejected?.(entry, target, refused);
    this.#events.emit("rejected", { id, error: refused });
  }
}
