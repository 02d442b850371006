import type { Clock, Transport, TransportListener } from "../../../client/src/index.ts";
import {
  type ClientFrame,
  decodeClientFrame,
  type Entry,
  type SendFrame,
  type ServerFrame,
  type SyncFrame,
  type SyncResult,
  wireError,
} from "../../../protocol/index.ts";
import type { SeededRandom } from "../../support/seeded-random.ts";
import { type AppendResult, ModelLog, SYNC_REPLY } from "./model-log.ts";
import { conversationId } from "./server-log.ts";

/** The message of API Gateway when an integration has failed. */
const GATEWAY_ERROR = { message: "Internal server error", connectionId: "c", requestId: "r" };

interface Connection {
  readonly user: string;
  readonly listener: TransportListener;
  /** True if the client has closed it. */
  released: boolean;
  isOpen: boolean;
  /** True if the server pushes to it. */
  registered: boolean;
  /** True if frames are lost in both directions without either side noticing. */
  silent: boolean;
}

interface Job {
  readonly frame: SendFrame;
  readonly connection: Connection;
  result?: AppendResult;
}

/** The frames of one conversation, processed in order and in batches, and again after a crash. */
interface MessageGroup {
  readonly log: ModelLog;
  jobs: Job[];
  working: boolean;
  /** Number of restores so far: work begun before one is not finished after it. */
  restores: number;
}

/**
 * The whole service in memory, as unreliable as possible: frames are lost, doubled and overtake one another, workers
 * crash between any two steps and repeat their work, sync lags behind pushes, and backups are restored. The clock and
 * the random generator determine everything.
 */
export class ModelServer {
  /** Frames that clients sent. */
  frameCount = 0;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #reportsQueued: boolean;
  readonly #groups = new Map<string, MessageGroup>();
  readonly #connections = new Set<Connection>();
  #epoch = 1;

  /** @param reportsQueued true to tell senders of some frames that they are queued */
  constructor(clock: Clock, random: SeededRandom, reportsQueued = false) {
    this.#clock = clock;
    this.#random = random;
    this.#reportsQueued = reportsQueued;
  }

  get logs(): ModelLog[] {
    return [...this.#groups.values()].map(({ log }) => log).filter(({ entries }) => entries.length > 0);
  }

  transport(user: string): Transport {
    return (_url, _protocols, listener) => {
      const state = { released: false, isOpen: false, registered: false, silent: false };
      const connection: Connection = { user, listener, ...state };
      this.#later(1 + this.#random.delayMs(), () => this.#accept(connection));
      return {
        send: (text) => this.#receive(connection, decodeClientFrame(text)),
        close: () => {
          connection.released = true;
          this.#drop(connection);
        },
      };
    };
  }

  cutOne(): void {
    const connection = this.#random.oneOf([...this.#connections]);
    if (connection !== undefined) this.#cut(connection);
  }

  silenceOne(): void {
    const connection = this.#random.oneOf([...this.#connections]);
    if (connection !== undefined) Object.assign(connection, { silent: true, registered: false });
  }

  /** Loses track of a connection, until its next ping. */
  forgetOne(): void {
    const connection = this.#random.oneOf([...this.#connections]);
    if (connection !== undefined) connection.registered = false;
  }

  restore(): void {
    this.#epoch += 1;
    for (const group of this.#groups.values()) {
      if (group.log.entries.length === 0) continue;
      group.log.restore(this.#random.below(6));
      group.restores += 1;
      group.jobs = this.#random.chance(0.5)
        ? []
        : group.jobs.map(({ frame, connection }) => ({ frame, connection }));
      group.working = false;
      this.#work(group);
    }
  }

  #accept(connection: Connection): void {
    if (connection.released) return;
    if (this.#random.fault(0.1)) {
      this.#cut(connection);
      return;
    }
    connection.isOpen = true;
    connection.registered = true;
    this.#connections.add(connection);
    connection.listener.opened();
  }

  #drop(connection: Connection): void {
    connection.isOpen = false;
    this.#connections.delete(connection);
  }

  #cut(connection: Connection): void {
    this.#drop(connection);
    if (!connection.released) connection.listener.closed(new Error("cut"));
  }

  #receive(connection: Connection, frame: ClientFrame): void {
    this.frameCount += 1;
    if (!connection.isOpen || connection.silent) return;
    this.#later(this.#random.delayMs(), () => {
      if (this.#random.fault(0.04)) return;
      if (this.#random.fault(0.04)) this.#push(connection, GATEWAY_ERROR);
      else this.#handle(connection, frame);
    });
  }

  #handle(connection: Connection, frame: ClientFrame): void {
    const failed = this.#random.fault(0.05) ? wireError("unavailable") : undefined;
    if (frame.type === "ping") {
      const resync = !connection.registered;
      connection.registered = true;
      this.#push(connection, { type: "pong", resync });
    } else if (frame.type === "send") {
      const ids = frame.entries.map(({ id }) => id);
      if (failed) this.#push(connection, { type: "error", ids, error: failed });
      else this.#enqueue(connection, frame);
    } else if (frame.type === "delivered") {
      // The model keeps no receipts.
    } else if (frame.type !== "sync" && frame.type !== "history")
      throw new Error("the model knows no such frame");
    else if (failed) this.#push(connection, { type: "reply", id: frame.id, error: failed });
    else if (frame.type === "sync") {
      this.#push(connection, { type: "reply", id: frame.id, result: this.#synced(connection.user, frame) });
    } else if (frame.type === "history") {
      const log = this.#groups.get(frame.conversation)?.log;
      const answer = log ? { result: log.history(frame, this.#epoch) } : { error: wireError("not_found") };
      this.#push(connection, { type: "reply", id: frame.id, ...answer });
    }
  }

  #synced(user: string, { cursors, from = "", since, tail }: SyncFrame): SyncResult {
    const atMs = this.#clock.nowMs();
    const rest = this.logs
      .filter(({ id, members, isVisible }) => id >= from && members.includes(user) && isVisible)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const conversations: SyncResult["conversations"] = [];
    let room = SYNC_REPLY.entries;
    for (const log of rest.slice(0, SYNC_REPLY.conversations)) {
      const cursor = cursors[log.id];
      const { about, cut } = log.synced(user, cursor, this.#epoch, tail);
      if (since !== undefined && cursor?.[0] === about.epoch && cursor[1] === about.lastSeq) continue;
      if (about.entries.length > room) return { conversations, next: log.id, atMs };
      conversations.push(about);
      room -= about.entries.length;
      if (cut) return { conversations, next: log.id, atMs };
    }
    const next = rest[SYNC_REPLY.conversations]?.id;
    return { conversations, ...(next !== undefined && { next }), atMs };
  }

  #enqueue(connection: Connection, frame: SendFrame): void {
    const members = "to" in frame ? [connection.user, frame.to.user] : [];
    const id = "to" in frame ? conversationId(...members) : frame.conversation;
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { log: new ModelLog(id, members, this.#epoch), jobs: [], working: false, restores: 0 };
      this.#groups.set(id, group);
    }
    group.jobs.push({ frame, connection });
    if (this.#reportsQueued && this.#random.chance(0.3)) {
      const ids = frame.entries.map((entry) => entry.id);
      this.#push(connection, { type: "accepted", conversation: id, ids });
    }
    this.#work(group);
  }

  #work(group: MessageGroup): void {
    if (group.working || group.jobs.length === 0) return;
    group.working = true;
    const { restores } = group;
    const { faultFree } = this.#random;
    // Sometimes a batch waits for a visibility timeout.
    const delayMs = faultFree ? 2 : this.#random.below(this.#random.chance(0.05) ? 30_000 : 100);
    this.#later(delayMs, () => group.restores === restores && this.#append(group));
  }

  #append(group: MessageGroup): void {
    const batch = group.jobs.slice(0, 1 + this.#random.below(10));
    group.log.enter(this.#epoch);
    for (const job of batch) {
      job.result ??= group.log.append(job.connection.user, job.frame, this.#clock.nowMs());
    }
    if (this.#crashes(group)) return;
    for (const job of batch) this.#answer(group.log, job);
    if (this.#crashes(group)) return;

    const { restores } = group;
    const lastSeq = group.log.entries.length;
    this.#later(this.#random.chance(0.3) ? this.#random.delayMs() : 0, () => {
      if (group.restores !== restores) return;
      group.log.reveal(lastSeq);
      if (this.#crashes(group)) return;
      this.#fanOut(group.log, batch);
      group.jobs.splice(0, batch.length);
      group.working = false;
      this.#work(group);
    });
  }

  /** Simulates a crash: another worker processes the batch again, from the start. */
  #crashes(group: MessageGroup): boolean {
    if (!this.#random.fault(0.1)) return false;
    group.working = false;
    this.#work(group);
    return true;
  }

  #answer({ id: conversation, epoch }: ModelLog, { connection, frame, result }: Job): void {
    if (result === undefined) return;
    const ids = frame.entries.map(({ id }) => id);
    const answer: ServerFrame =
      result === "stale"
        ? { type: "reject", conversation, ids, error: wireError("stale") }
        : { type: "ack", conversation, epoch, entries: [...result.entries] };
    this.#push(connection, answer);
  }

  #fanOut(log: ModelLog, batch: readonly Job[]): void {
    const fresh = new Map<number, { entry: Entry; from: Connection }>();
    for (const { result, connection } of batch) {
      if (result === undefined || result === "stale" || !result.appended) continue;
      for (const entry of result.entries) fresh.set(entry.seq, { entry, from: connection });
    }
    const { id: conversation, epoch } = log;
    const ascending = [...fresh.values()].sort((a, b) => a.entry.seq - b.entry.seq);
    for (const connection of this.#connections) {
      if (!connection.registered || !log.members.includes(connection.user)) continue;
      const entries = ascending.filter(({ from }) => from !== connection).map(({ entry }) => entry);
      if (entries.length === 0) continue;
      const about = { conversation, kind: "direct", peer: log.peerOf(connection.user), epoch };
      if (entries[0]?.seq === 1) {
        this.#push(connection, { type: "joined", ...about, first: 1, lastSeq: log.entries.length });
      }
      this.#push(connection, { type: "entries", conversation, epoch, entries });
    }
  }

  #push(connection: Connection, frame: ServerFrame | typeof GATEWAY_ERROR): void {
    const text = JSON.stringify(frame);
    const copies = this.#random.fault(0.05) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#later(this.#random.delayMs(), () => {
        if (!connection.isOpen || connection.silent) return;
        // The next pong reports a failed push, so it must not get lost for the same reason.
        const isPong = "type" in frame && frame.type === "pong";
        if (!isPong && this.#random.fault(0.05)) connection.registered = false;
        else connection.listener.received(text);
      });
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#clock.after(delayMs, run);
  }
}
