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
import { type Decision, ModelLog, SYNC_REPLY } from "./model-log.ts";
import { conversationId } from "./server-log.ts";

/** API Gateway's own words for an integration that failed. */
const GATEWAY_ERROR = { message: "Internal server error", connectionId: "c", requestId: "r" };

interface Connection {
  readonly user: string;
  readonly listener: TransportListener;
  /** Did the client let go of it? */
  released: boolean;
  isOpen: boolean;
  /** Does the server push to it? */
  registered: boolean;
  /** Nothing gets through any more, and nobody is told. */
  silent: boolean;
}

interface Job {
  readonly frame: SendFrame;
  readonly connection: Connection;
  decision?: Decision;
}

/** A conversation's frames wait their turn as in a message group: worked on in batches, again after a crash. */
interface Line {
  readonly log: ModelLog;
  jobs: Job[];
  working: boolean;
  /** What was begun before a restore is not finished after it. */
  restores: number;
}

/**
 * The whole service in memory, as unreliable as it may be: frames are lost, doubled and overtake one another, workers
 * crash between any two steps and do their work again, what sync tells lags behind what was pushed, and backups are
 * restored. Everything follows from the clock and the random.
 */
export class ModelServer {
  /** Frames that clients sent. */
  frameCount = 0;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #lines = new Map<string, Line>();
  readonly #connections = new Set<Connection>();
  #epoch = 1;

  constructor(clock: Clock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  get logs(): ModelLog[] {
    return [...this.#lines.values()].map(({ log }) => log).filter(({ entries }) => entries.length > 0);
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
    for (const line of this.#lines.values()) {
      if (line.log.entries.length === 0) continue;
      line.log.restore(this.#random.below(6));
      line.restores += 1;
      line.jobs = this.#random.chance(0.5)
        ? []
        : line.jobs.map(({ frame, connection }) => ({ frame, connection }));
      line.working = false;
      this.#work(line);
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
      // Nobody asks the model how far anybody has come.
    } else if (frame.type !== "sync" && frame.type !== "history")
      throw new Error("the model knows no such frame");
    else if (failed) this.#push(connection, { type: "reply", id: frame.id, error: failed });
    else if (frame.type === "sync") {
      this.#push(connection, { type: "reply", id: frame.id, result: this.#synced(connection.user, frame) });
    } else if (frame.type === "history") {
      const log = this.#lines.get(frame.conversation)?.log;
      const answer = log ? { result: log.history(frame, this.#epoch) } : { error: wireError("not_found") };
      this.#push(connection, { type: "reply", id: frame.id, ...answer });
    }
  }

  #synced(user: string, { cursors, from = "" }: SyncFrame): SyncResult {
    const rest = this.logs
      .filter(({ id, members, isTold }) => id >= from && members.includes(user) && isTold)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const conversations: SyncResult["conversations"] = [];
    let room = SYNC_REPLY.entries;
    for (const log of rest.slice(0, SYNC_REPLY.conversations)) {
      const { about, cut } = log.synced(user, cursors[log.id], this.#epoch);
      if (about.entries.length > room) return { conversations, next: log.id };
      conversations.push(about);
      room -= about.entries.length;
      if (cut) return { conversations, next: log.id };
    }
    const next = rest[SYNC_REPLY.conversations]?.id;
    return { conversations, ...(next !== undefined && { next }) };
  }

  #enqueue(connection: Connection, frame: SendFrame): void {
    const members = "to" in frame ? [connection.user, frame.to.user] : [];
    const id = "to" in frame ? conversationId(...members) : frame.conversation;
    let line = this.#lines.get(id);
    if (line === undefined) {
      line = { log: new ModelLog(id, members, this.#epoch), jobs: [], working: false, restores: 0 };
      this.#lines.set(id, line);
    }
    line.jobs.push({ frame, connection });
    this.#work(line);
  }

  #work(line: Line): void {
    if (line.working || line.jobs.length === 0) return;
    line.working = true;
    const { restores } = line;
    const { faultFree } = this.#random;
    // Now and then a batch waits out a visibility timeout.
    const delayMs = faultFree ? 2 : this.#random.below(this.#random.chance(0.05) ? 30_000 : 100);
    this.#later(delayMs, () => line.restores === restores && this.#append(line));
  }

  #append(line: Line): void {
    const batch = line.jobs.slice(0, 1 + this.#random.below(10));
    line.log.enter(this.#epoch);
    for (const job of batch) {
      job.decision ??= line.log.decide(job.connection.user, job.frame, this.#clock.nowMs());
    }
    if (this.#crashes(line)) return;
    for (const job of batch) this.#answer(line.log, job);
    if (this.#crashes(line)) return;

    const { restores } = line;
    const lastSeq = line.log.entries.length;
    this.#later(this.#random.chance(0.3) ? this.#random.delayMs() : 0, () => {
      if (line.restores !== restores) return;
      line.log.tell(lastSeq);
      if (this.#crashes(line)) return;
      this.#fanOut(line.log, batch);
      line.jobs.splice(0, batch.length);
      line.working = false;
      this.#work(line);
    });
  }

  /** A worker is gone: another does the batch again, from the start. */
  #crashes(line: Line): boolean {
    if (!this.#random.fault(0.1)) return false;
    line.working = false;
    this.#work(line);
    return true;
  }

  #answer({ id: conversation, epoch }: ModelLog, { connection, frame, decision }: Job): void {
    if (decision === undefined) return;
    const ids = frame.entries.map(({ id }) => id);
    const answer: ServerFrame =
      decision === "stale"
        ? { type: "reject", conversation, ids, error: wireError("stale") }
        : { type: "ack", conversation, epoch, entries: [...decision.entries] };
    this.#push(connection, answer);
  }

  #fanOut(log: ModelLog, batch: readonly Job[]): void {
    const fresh = new Map<number, { entry: Entry; from: Connection }>();
    for (const { decision, connection } of batch) {
      if (decision === undefined || decision === "stale" || !decision.appended) continue;
      for (const entry of decision.entries) fresh.set(entry.seq, { entry, from: connection });
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
        // A push that failed is remembered, and told by the next pong, which must not be lost itself for that.
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
