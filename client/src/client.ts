import type { AckFrame, EntriesFrame, JoinedFrame, WireError } from "../../protocol/index.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Connection } from "./connection.ts";
import { type ConversationInfo, Conversations } from "./conversations.ts";
import { Dialer } from "./dialer.ts";
import { Emitter, type Listener } from "./emitter.ts";
import type { Entry, NewEntry } from "./entry.ts";
import {
  ClientError,
  ClosedError,
  ConnectionLostError,
  OtherUserError,
  RefusedError,
  StorageError,
} from "./errors.ts";
import type { ClientEvents, ClientState, Sent } from "./events.ts";
import type { Lane, LaneRecord } from "./lane.ts";
import { type Content, newEntry } from "./new-entry.ts";
import { type ClientOptions, type Settings, settingsOf } from "./options.ts";
import { Outbox, type Recipient } from "./outbox.ts";
import { OutboxStore } from "./outbox-store.ts";
import { type OlderEntries, Session } from "./session.ts";
import { surface } from "./surface.ts";
import { userOfToken } from "./token-user.ts";

export interface Sending {
  /** The entry's id, in the log as in every event about it. */
  readonly id: string;
  /**
   * Resolves when the entry is in the log. Rejects with the RefusedError of `rejected`, or with ClosedError if the
   * client ends before the answer came. Ignoring it is fine: the events tell the same.
   */
  readonly done: Promise<Sent>;
}

/** A user's conversations on one device, kept in step with the server over whatever connections that takes. */
export interface Client extends AsyncDisposable {
  /** Whose client this is; undefined until the first token says so, unless the option `user` did. */
  readonly user: string | undefined;
  readonly state: ClientState;
  /** The conversations this device knows, in no particular order. */
  readonly conversations: readonly ConversationInfo[];
  /** Starts, and goes on reconnecting until `close` or the server ends it. */
  connect(): void;
  /** Ends for good; there is no way back to this client. What waits to be sent is left to the next, given a storage. */
  close(): void;
  /** Closes, and forgets what is kept of this user. Resolves when it is gone; rejects with what the storage says. */
  signOut(): Promise<void>;
  /** Returns how to stop listening. */
  on<K extends keyof ClientEvents>(event: K, listener: Listener<ClientEvents[K]>): () => void;
  /**
   * Sends a text or an entry of the application's own kind, now or when there is a connection; never twice. Those of
   * one conversation keep their order. Throws ProtocolError for what is empty, too large or no JSON.
   */
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
  readonly #outbox = new Outbox((lane) => this.#store?.changed(lane));
  readonly #store: OutboxStore | undefined;
  readonly #sendings = new Map<string, PromiseWithResolvers<Sent>>();
  readonly #conversations: Conversations;
  readonly #dialer: Dialer;
  #state: ClientState = "offline";
  #user: string | undefined;
  #session: Session | undefined;

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options);
    this.#user = this.#settings.user;
    this.#conversations = new Conversations({
      changed: (info) => {
        if (info.peer !== undefined) this.#learn(info.peer, info.conversation);
        this.#events.emit("conversation", info);
      },
      applied: (conversation, entries) => {
        this.#events.emit("entries", { conversation, entries });
        this.#met(conversation, entries);
      },
      reset: (conversation, epoch, seq) => this.#events.emit("reset", { conversation, epoch, seq }),
      syncNeeded: () => this.#resync(),
      holeFound: (conversation) => this.#session?.repair(conversation),
    });
    const { storage, newId } = this.#settings;
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
      refused: (ids, error) => this.#session?.sender.refused(ids, error),
      resync: (connection) => {
        // One that is not in service yet is in the middle of a sync.
        if (this.#session?.connection === connection) this.#resync();
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

  on<K extends keyof ClientEvents>(event: K, listener: Listener<ClientEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  connect(): void {
    if (this.#state === "ended") throw new ClosedError();
    this.#dialer.start();
  }

  close(): void {
    if (this.#state === "ended") return;
    this.#dialer.stop();
    this.#session = undefined;
    this.#state = "ended";
    this.#events.emitLast("state", "ended");
    for (const { reject } of this.#sendings.values()) reject(new ClosedError());
    this.#sendings.clear();
    this.#store?.close();
  }

  async signOut(): Promise<void> {
    this.close();
    await this.#store?.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  send(recipient: Recipient, content: Content): Sending {
    if (this.#state === "ended") throw new ClosedError();
    const entry = newEntry(this.#settings.newId(), content);
    const sending = Promise.withResolvers<Sent>();
    // The `rejected` event says it too: nobody has to handle it here.
    sending.promise.catch(() => {});
    this.#sendings.set(entry.id, sending);
    const lane = this.#outbox.add(this.#resolve(recipient), entry);
    if (this.#state === "online") this.#session?.sender.flush(lane);
    return { id: entry.id, done: sending.promise };
  }

  pending(recipient?: Recipient): readonly NewEntry[] {
    if (recipient === undefined) return this.#outbox.lanes().flatMap((lane) => lane.pending());
    return this.#outbox.pending(this.#resolve(recipient));
  }

  loadOlder(conversation: string, limit: number = LIMITS.historyPage): Promise<OlderEntries> {
    if (this.#state === "ended") return Promise.reject(new ClosedError());
    return this.#session?.loadOlder(conversation, limit) ?? Promise.reject(new ConnectionLostError());
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
    this.#events.emit("state", state);
  }

  #granted(token: string): void {
    const user = this.#settings.user ?? userOfToken(token);
    // What waits to be sent was written by the user before.
    if (this.#user !== undefined && this.#user !== user) throw new OtherUserError();
    this.#user = user;
    this.#store?.open(user);
  }

  #adopt({ target, frames, queue }: LaneRecord): Lane | undefined {
    const peer = "to" in target ? this.#conversations.withPeer(target.to.user) : undefined;
    const lane = this.#outbox.restore(peer === undefined ? target : { conversation: peer }, {
      target,
      frames,
      queue,
    });
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
      rejected: (id, error) => this.#rejected(id, error),
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
      this.#sendings.get(id)?.resolve(sent);
      this.#sendings.delete(id);
      this.#events.emit("acknowledged", sent);
    }
    // What was queued behind these may go now.
    if (this.#state === "online") this.#session?.sender.flushAll();
  }

  #rejected(id: string, error: WireError): void {
    const refused = new RefusedError(error);
    this.#sendings.get(id)?.reject(refused);
    this.#sendings.delete(id);
    this.#events.emit("rejected", { id, error: refused });
  }
}
