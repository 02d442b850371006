import type { BatchDeps } from "../../../functions/core/commit/batch.ts";
import { entriesPushes } from "../../../functions/core/delivery/fan-out.ts";
import { sync } from "../../../functions/core/query/sync.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import type { Cursor, Entry, ServerFrame } from "../../../protocol/index.ts";
import { ALICE_BOB } from "../../support/frames.ts";
import { type Choose, Interleaving, type Step } from "../../support/interleaving.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  noMetrics,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";
import { FifoGroup } from "./fifo-group.ts";

const signal = new AbortController().signal;
const NEVER_EXPIRES_AT_MS = 10 ** 12;
/** Small, so that reading on and looking for duplicates take several pages, or reach too far back. */
const PAGE_SEGMENTS = 4;

/** A log that cannot store some entries. */
class FaultyLog extends MemoryLog {
  override async change(...args: Parameters<MemoryLog["change"]>): Promise<boolean> {
    refuseUnstorable(args[1].segment ?? { entries: [], decided: [] });
    return super.change(...args);
  }

  override async append(conversation: string, segment: Segment): Promise<boolean> {
    refuseUnstorable(segment);
    return super.append(conversation, segment);
  }
}

function refuseUnstorable({ entries }: Segment): void {
  if (entries.some(({ id }) => id.startsWith("unstorable"))) throw new Unstorable();
}

interface Device {
  readonly user: string;
  readonly connection: string;
  readonly received: Map<number, string>;
  /** While false, its lease exists but a post to it is answered with 410. */
  open: boolean;
}

/** Thrown for a frame that the table cannot store. The test checks at the end that none is in the log. */
class Unstorable extends Error {}

interface Sender {
  readonly user: string;
  readonly connection: string;
  readonly acked: Map<string, number>;
  outstanding: PublishedFrame | undefined;
  toSend: number;
  count: number;
  seenSeq: number;
}

/**
 * One conversation, several senders that resend, devices that connect and sync, and the FIFO queue in between.
 * Invocations run the real `commitBatch` over ports whose every call waits for permission. The caller chooses the
 * interleaving, lets invocations crash between any two calls, and lets visibility timeouts expire during them.
 */
export class CommitSimulation {
  readonly store = new MemoryStore();
  readonly devices: Device[] = [];
  readonly senders: Sender[];
  /** Refused entries, which must never be in the log. */
  readonly refused = new Set<string>();
  readonly #choose: Choose;
  readonly #interleaving: Interleaving;
  readonly #queue: FifoGroup;
  #intruders = 0;
  #frames = 0;
  #nowMs = 0;

  constructor(choose: Choose, messagesPerSender: number) {
    this.#choose = choose;
    this.#interleaving = new Interleaving(choose);
    this.#queue = new FifoGroup(ALICE_BOB, choose, this.#interleaving, (step) => this.#commitDeps(step));
    this.senders = ["alice", "bob", "alice"].map((user, index) => ({
      user,
      connection: `${user}-sender-${index}`,
      acked: new Map(),
      outstanding: undefined,
      toSend: messagesPerSender,
      count: 0,
      seenSeq: 0,
    }));
  }

  get isIdle(): boolean {
    const busy = this.senders.some(({ outstanding, toSend }) => outstanding !== undefined || toSend > 0);
    return !busy && this.#queue.isEmpty && this.#interleaving.isIdle;
  }

  /** Performs one random event. */
  async step({ crashes }: { crashes: boolean }): Promise<void> {
    this.#nowMs += 1;
    const dice = this.#choose(100);
    if (dice < 1) this.#sendIllegal();
    else if (dice < 10) this.#send();
    else if (dice < 13 && this.devices.length < 5) this.#connectDevice();
    else if (dice < 25) this.#queue.receive();
    else if (dice < 27 && crashes) this.#interleaving.crashOne();
    else if (dice < 29) this.#queue.timeOut();
    else await this.#interleaving.resumeOne();
  }

  /** Runs everything in progress to completion. */
  async runToCompletion(): Promise<void> {
    for (let turn = 0; !this.isIdle && turn < 100_000; turn++) {
      if (turn % 7 === 0) this.#send();
      if (this.#interleaving.isIdle) this.#queue.timeOut();
      this.#queue.receive();
      await this.#interleaving.resumeOne();
    }
    if (!this.isIdle) throw new Error("the simulation did not complete");
  }

  #send(): void {
    const sender = this.senders[this.#choose(this.senders.length)];
    if (sender === undefined) return;
    if (sender.outstanding === undefined) {
      if (sender.toSend === 0) return;
      const size = Math.min(sender.toSend, 1 + this.#choose(3));
      sender.toSend -= size;
      sender.outstanding = {
        frame: "",
        sender: { user: sender.user, connection: sender.connection },
        conversation: ALICE_BOB,
        to: { user: sender.user === "alice" ? "bob" : "alice" },
        seen: sender.seenSeq === 0 ? 0 : [1, sender.seenSeq],
        entries: Array.from({ length: size }, () => {
          sender.count += 1;
          const id = `${sender.connection}.${sender.count}`;
          return { id, kind: "text" as const, body: { text: id } };
        }),
        receivedAtMs: this.#nowMs,
      };
    }
    // The same frame again, verbatim, is a new frame to the queue.
    this.#frames += 1;
    this.#queue.send({ ...sender.outstanding, frame: `frame-${this.#frames}` });
  }

  /**
   * Sends a frame that must be refused: from a stranger, from a member too early to name the conversation, or
   * unstorable.
   */
  #sendIllegal(): void {
    this.#intruders += 1;
    this.#frames += 1;
    const kind = this.#choose(3);
    const id = `${["stranger", "early", "unstorable"][kind]}-${this.#intruders}`;
    const user = kind === 0 ? "mallory" : "bob";
    this.#queue.send({
      frame: `frame-${this.#frames}`,
      sender: { user, connection: `intruder-${this.#intruders}` },
      conversation: ALICE_BOB,
      ...(kind === 2 && { to: { user: "alice" } }),
      entries: [{ id, kind: "text", body: { text: id } }],
      receivedAtMs: this.#nowMs,
    });
  }

  #commitDeps(step: Step): BatchDeps {
    return {
      log: new FaultyLog(this.store, step, PAGE_SEGMENTS),
      inbox: new MemoryInbox(this.store, step),
      retentionSeconds: undefined,
      events: new Set(),
      leases: new MemoryLeases(this.store, step),
      connections: {
        post: async (connection: string, frame: ServerFrame): Promise<PostOutcome> => {
          await step("post");
          if (this.devices.some((device) => device.connection === connection && !device.open)) return "gone";
          const outcome = this.#choose(10) === 0 ? "retry" : "sent";
          if (outcome === "sent" || this.#choose(2) === 0) this.#handleFrame(connection, frame);
          return outcome;
        },
        close: () => Promise.resolve(),
      },
      outbound: {
        publish: async (deliveries: readonly Delivery[]) => {
          await step("publish");
          for (const delivery of deliveries) this.#deliverLater(delivery);
        },
      },
      presence: new MemoryPresenceTopic(),
      queue: { retryAfter: () => Promise.resolve() },
      isFrameFault: (error) => error instanceof Unstorable,
      epochFloor: 1,
      now: () => this.#nowMs,
      logger: silent,
      metrics: noMetrics,
    };
  }

  /** The outbound queue never loses a delivery, and may be late by any time. */
  #deliverLater(delivery: Delivery): void {
    this.#interleaving.start(async (step) => {
      await step("deliver");
      if (delivery.type === "deliver.shard")
        throw new Error("a conversation of two members must not be sharded");
      if (delivery.type === "deliver.answer") this.#handleFrame(delivery.target.connection, delivery.frame);
      else {
        const entries = this.store.entries(ALICE_BOB).filter(({ seq }) => delivery.seqs.includes(seq));
        for (const { frame } of entriesPushes(delivery.target, ALICE_BOB, delivery.epoch, entries)) {
          this.#handleFrame(delivery.target.connection, frame);
        }
      }
    });
  }

  #handleFrame(connection: string, frame: ServerFrame): void {
    if (frame.type === "entries") {
      const device = this.devices.find((candidate) => candidate.connection === connection);
      for (const entry of frame.entries) device?.received.set(entry.seq, entry.id);
    }
    if (frame.type === "ack") {
      const sender = this.senders.find((candidate) => candidate.connection === connection);
      // One in five acks is lost with its socket, so the sender resends.
      if (sender === undefined || this.#choose(5) === 0) return;
      for (const { id, seq } of frame.entries) {
        const before = sender.acked.get(id);
        if (before !== undefined && before !== seq)
          throw new Error(`${id} was acknowledged as ${before} and ${seq}`);
        sender.acked.set(id, seq);
        if (this.#choose(2) === 0) sender.seenSeq = Math.max(sender.seenSeq, seq);
      }
      if (sender.outstanding?.entries.every(({ id }) => sender.acked.has(id))) sender.outstanding = undefined;
    }
    if (frame.type === "reject") {
      if (connection.startsWith("intruder")) for (const id of frame.ids) this.refused.add(id);
      else if (frame.error.code === "stale") this.#recompose(connection);
      else throw new Error(`rejected: ${frame.error.code}`);
    }
  }

  /**
   * After `stale`, a client syncs, treats the entries it finds as sent, and composes the rest again with its new
   * cursor.
   */
  #recompose(connection: string): void {
    const sender = this.senders.find((candidate) => candidate.connection === connection);
    if (sender?.outstanding === undefined) return;
    const lastSeq = this.store.heads.get(ALICE_BOB)?.lastSeq ?? 0;
    const visible = this.store.entries(ALICE_BOB).filter(({ seq }) => seq <= lastSeq);
    for (const { id, seq } of visible) {
      if (sender.outstanding.entries.some((entry) => entry.id === id)) sender.acked.set(id, seq);
    }
    const entries = sender.outstanding.entries.filter(({ id }) => !sender.acked.has(id));
    sender.seenSeq = lastSeq;
    const seen: Cursor | 0 = lastSeq === 0 ? 0 : [1, lastSeq];
    sender.outstanding = entries.length === 0 ? undefined : { ...sender.outstanding, entries, seen };
  }

  #connectDevice(): void {
    const user = this.#choose(2) === 0 ? "alice" : "bob";
    const connection = `${user}-device-${this.devices.length}`;
    const device: Device = { user, connection, received: new Map(), open: false };
    this.devices.push(device);
    this.#interleaving.start(async (step) => {
      const lease = {
        connection,
        device: undefined,
        connectedAtMs: this.#nowMs,
        expiresAtMs: NEVER_EXPIRES_AT_MS,
      };
      await new MemoryLeases(this.store, step).put(user, lease);
      await step("open");
      device.open = true;
      await this.#syncDevice(device, step);
    });
  }

  async #syncDevice(device: Device, step: Step): Promise<void> {
    const deps = {
      log: new MemoryLog(this.store, step),
      inbox: new MemoryInbox(this.store, step),
      epochFloor: 1,
      now: () => this.#nowMs,
    };
    // Syncs from the beginning: a device without a cursor would get the newest entries only.
    const cursors: Record<string, Cursor> = { [ALICE_BOB]: [1, 0] };
    for (;;) {
      const result = await sync(deps, device.user, { type: "sync", id: "s", cursors }, signal);
      const [conversation] = result.conversations;
      for (const { seq, id } of conversation?.entries ?? []) device.received.set(seq, id);
      const last: Entry | undefined = conversation?.entries.at(-1);
      if (last !== undefined) cursors[ALICE_BOB] = [1, last.seq];
      if (result.next === undefined) break;
    }
  }
}
