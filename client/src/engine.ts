import type { AckFrame, PresenceFrame } from "../../protocol/index.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { CoreClient, NewGroup, SendHandle } from "./api/core-client.ts";
import type { Entry, NewEntry, OlderEntries, Recipient, ServerError } from "./api/entry.ts";
import {
  ClientError,
  ClosedError,
  ConnectionLostError,
  OtherUserError,
  RefusedError,
  StorageError,
} from "./api/errors.ts";
import type { ClientState, CoreEvents, KnownConversation, ListenOptions, Sent } from "./api/events.ts";
import type { CoreOptions } from "./api/options.ts";
import type { Settings } from "./api/settings.ts";
import type { Connection, PushedFrame, Request } from "./connection/connection.ts";
import { Connector } from "./connection/connector.ts";
import { userOfToken } from "./connection/jwt.ts";
import { onOnlineOrVisible } from "./connection/wake-events.ts";
import type { FrameTarget } from "./outbox/composed-frame.ts";
import { newEntry } from "./outbox/new-entry.ts";
import { Outbox } from "./outbox/outbox.ts";
import { OutboxStore } from "./outbox/outbox-store.ts";
import type { QueueRecord } from "./outbox/queue-record.ts";
import { PendingSend } from "./outbox/send-handle.ts";
import type { SendQueue } from "./outbox/send-queue.ts";
import { Session } from "./session.ts";
import { settingsOf } from "./settings.ts";
import { Conversations, type LogListener } from "./sync/conversations.ts";
import type { Emitter, Listener } from "./util/emitter.ts";
import { reportUncaught } from "./util/report-uncaught.ts";

/** What is made of an engine: it tells the application of the log, and hears of the rest what is more than an event. */
export interface EngineListener extends LogListener {
  /** After `applied`: what waited to be sent of these waits no more. */
  settled?(applied: CoreEvents["entries"]): void;
  /** What waits to be sent has changed, or has its answer; without a target, of any conversation. */
  changed?(target?: FrameTarget): void;
  rejected?(entry: NewEntry, target: FrameTarget, error: RefusedError): void;
  presence?(frame: PresenceFrame): void;
  /** A connection is in service that knows of nothing yet, or that has forgotten. */
  inService?(): void;
}

/** Keeps the logs of a user's conversations, and what waits to be sent, in step with the server. */
export class Engine<Known extends KnownConversation = KnownConversation> implements CoreClient {
  readonly settings: Settings;
  readonly conversations: Conversations;
  readonly #events: Emitter<CoreEvents<Known>>;
  readonly #listener: EngineListener;
  readonly #outbox = new Outbox((lane, into) => {
    this.#store?.changed(lane, into);
    this.#listener.changed?.(lane.target);
  });
  readonly #store: OutboxStore | undefined;
  readonly #outgoing = new Map<string, PendingSend>();
  readonly #dialer: Connector;
  #state: ClientState = "offline";
  #user: string | undefined;
  /** While online. */
  #session: Session | undefined;
  #stopWaking: () => void = () => {};

  constructor(options: CoreOptions, events: Emitter<CoreEvents<Known>>, listener: EngineListener) {
    this.settings = settingsOf(options);
    this.#user = this.settings.user;
    this.#events = events;
    this.#listener = listener;
    this.conversations = new Conversations({
      ...listener,
      applied: (applied) => {
        listener.applied(applied);
        this.#met(applied.conversation, applied.entries);
        listener.settled?.(applied);
      },
      learned: (peer, conversation) => this.#learned(peer, conversation),
      syncNeeded: () => this.#resync(),
      holeFound: (conversation) => this.#session?.repair(conversation),
    });
    const { storage, newId } = this.settings;
    if (storage !== undefined) {
      this.#store = new OutboxStore({
        storage,
        newId,
        adopt: (record) => this.#adopt(record),
        failed: (cause) => events.emit("error", new StorageError(cause)),
      });
      if (this.#user !== undefined) this.#store.open(this.#user);
    }
    this.#dialer = new Connector(this.settings, {
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
      unreachable: (error) => events.emit("error", error),
      finished: (error) => {
        events.emit("error", new RefusedError(error));
        this.close();
      },
      pushed: (frame) => this.#pushed(frame),
      refused: (ids, error) => this.#session?.sender.refused(ids, error),
      resync: (connection) => {
        // One that is not in service yet is in the middle of a sync.
        if (this.#session?.connection !== connection) return;
        this.#resync();
        listener.inService?.();
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
    this.#dialer.start();
    this.#stopWaking();
    this.#stopWaking = onOnlineOrVisible(() => {
      this.#dialer.retryNow();
      // Who looks at this tab may have closed another.
      void this.#store?.lookAround();
    });
  }

  close(): void {
    if (this.#state === "ended") return;
    this.#dialer.stop();
    this.#session = undefined;
    this.#stopWaking();
    this.#state = "ended";
    this.#events.emitLast("state", "ended");
    for (const outgoing of this.#outgoing.values()) outgoing.failed(new ClosedError());
    this.#outgoing.clear();
    this.#listener.changed?.();
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

  append<O extends PendingSend>(recipient: Recipient, entry: NewEntry, outgoing: O): O {
    const resolved = this.resolve(recipient);
    const state = typeof resolved === "string" ? this.conversations.state(resolved) : undefined;
    return this.#append(outgoing, () => this.#outbox.add(resolved, entry, state?.cursor ?? 0));
  }

  async createGroup({ title, members = [], history }: NewGroup): Promise<string> {
    const entry = newEntry(this.settings.newId(), { kind: "create", body: { title, members, history } });
    const outgoing = this.#append(new PendingSend(entry.id), () => this.#outbox.create(entry));
    return (await outgoing.done).conversation;
  }

  async block(user: string): Promise<void> {
    await this.request({ type: "block", user });
  }

  async unblock(user: string): Promise<void> {
    await this.request({ type: "unblock", user });
  }

  pending(recipient?: Recipient): readonly NewEntry[] {
    if (recipient === undefined) return this.#outbox.lanes().flatMap((lane) => lane.pending());
    return this.#outbox.pending(this.resolve(recipient));
  }

  loadOlder(conversation: string, limit: number = LIMITS.historyPage): Promise<OlderEntries> {
    return this.#session?.loadOlder(conversation, limit) ?? Promise.reject(this.#absence());
  }

  /** Resolves to the `result` of the reply. */
  request(frame: Request): Promise<unknown> {
    return this.#session?.request(frame) ?? Promise.reject(this.#absence());
  }

  /** What has no answer is sent now or not at all. */
  tell(frame: Parameters<Connection["sendOneWay"]>[0]): boolean {
    this.#session?.connection.sendOneWay(frame);
    return this.#session !== undefined;
  }

  /** By the conversation as soon as it is known: one conversation, one order. */
  resolve(recipient: Recipient): Recipient {
    if (typeof recipient === "string") return recipient;
    return this.conversations.withPeer(recipient.user) ?? recipient;
  }

  #append<O extends PendingSend>(outgoing: O, add: () => SendQueue): O {
    if (this.#state === "ended") throw new ClosedError();
    this.#outgoing.set(outgoing.id, outgoing);
    const lane = add();
    this.#session?.sender.flush(lane);
    return outgoing;
  }

  #absence(): ClientError {
    return this.#state === "ended" ? new ClosedError() : new ConnectionLostError();
  }

  /** Two lanes may turn out to be of one conversation; the frame the absorbed one had on its way is the other's now. */
  #learned(peer: string, conversation: string): void {
    const lanes = this.#outbox.learn(peer, conversation);
    if (lanes === undefined) return;
    this.#session?.sender.forget(lanes.absorbed);
    this.#session?.sender.flush(lanes.survivor);
  }

  #setState(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.emit("state", state);
  }

  #granted(token: string): void {
    const user = this.settings.user ?? userOfToken(token);
    // What waits to be sent was written by the user before.
    if (this.#user !== undefined && this.#user !== user) throw new OtherUserError();
    this.#user = user;
    this.#store?.open(user);
  }

  #adopt(record: QueueRecord): SendQueue | undefined {
    const { target } = record;
    const conversation = "to" in target ? this.conversations.withPeer(target.to.user) : undefined;
    const lane = this.#outbox.restore(conversation === undefined ? target : { conversation }, record);
    if (lane !== undefined) this.#session?.sender.flush(lane);
    return lane;
  }

  #begin(connection: Connection): void {
    const session = new Session(connection, this.conversations, this.#outbox, this.settings, {
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
      this.#listener.inService?.();
      if (this.conversations.someAhead) this.#resync(session);
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
    if (!(cause instanceof ClientError)) reportUncaught(cause);
    else if (!cause.temporary) this.#events.emit("error", cause);
    this.#dialer.redial(connection, cause);
  }

  #pushed(frame: PushedFrame): void {
    switch (frame.type) {
      case "entries":
        this.conversations.pushed(frame);
        break;
      case "joined":
        this.conversations.joined(frame);
        break;
      case "ack":
        this.#acked(frame);
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

  #acked(ack: AckFrame): void {
    const peer = this.#outbox.peerOf(ack);
    const entries = this.#outbox.acknowledged(ack, this.#user ?? "");
    this.conversations.acknowledged(ack, entries, peer);
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
      this.#outgoing.get(id)?.sent(sent);
      this.#outgoing.delete(id);
      this.#events.emit("acknowledged", sent);
    }
    this.#listener.changed?.({ conversation });
    // What was queued behind these may go now.
    this.#session?.sender.flushAll();
  }

  #rejected(entry: NewEntry, target: FrameTarget, error: ServerError): void {
    const refused = new RefusedError(error);
    const { id } = entry;
    this.#outgoing.get(id)?.failed(refused);
    this.#outgoing.delete(id);
    this.#listener.rejected?.(entry, target, refused);
    this.#events.emit("rejected", { id, error: refused });
  }
}
