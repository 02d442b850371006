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
  silent,
  uncounted,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";
import { FifoGroup } from "./fifo-group.ts";

const never = new AbortController().signal;
const NEVER_EXPIRES_AT_MS = 10 ** 12;
/** Small, so that reading on and looking for repeats take several pages, or are too far. */
const PAGE_SEGMENTS = 4;

/** A store that cannot hold some entries. */
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
  readonly got: Map<number, string>;
  /** Before that its lease exists already, but a post to it is answered 410. */
  open: boolean;
}

/** A frame whose fate the world checks at the end: refused for good, or in the log. */
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
 * One conversation, several senders that resend, devices that come and sync, and the FIFO queue between: commit
 * invocations run the real `commitFrames` over ports whose every call waits to be let through, so the caller
 * chooses the interleaving, lets invocations die between any two calls, and lets visibility expire under them.
 */
export class CommitSimulation {
  readonly store = new MemoryStore();
  readonly devices: Device[] = [];
  readonly senders: Sender[];
  /** Entries that were refused and must never be in the log. */
  readonly refused = new Set<string>();
  readonly #choose: Choose;
  readonly #tasks: Interleaving;
  readonly #queue: FifoGroup;
  #intruders = 0;
  #frames = 0;
  #nowMs = 0;

  constructor(choose: Choose, messagesPerSender: number) {
    this.#choose = choose;
    this.#tasks = new Interleaving(choose);
    this.#queue = new FifoGroup(ALICE_BOB, choose, this.#tasks, (step) => this.#commitDeps(step));
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

  get isQuiet(): boolean {
    const busy = this.senders.some(({ outstanding, toSend }) => outstanding !== undefined || toSend > 0);
    return !busy && this.#queue.isEmpty && this.#tasks.isQuiet;
  }

  /** One random event. */
  async step({ crashes }: { crashes: boolean }): Promise<void> {
    this.#nowMs += 1;
    const dice = this.#choose(100);
    if (dice < 1) this.#intrude();
    else if (dice < 10) this.#send();
    else if (dice < 13 && this.devices.length < 5) this.#connectDevice();
    else if (dice < 25) this.#queue.receive();
    else if (dice < 27 && crashes) this.#tasks.crashOne();
    else if (dice < 29) this.#queue.timeOut();
    else await this.#tasks.resumeOne();
  }

  /** Lets everything that is under way come to its end. */
  async settle(): Promise<void> {
    for (let turn = 0; !this.isQuiet && turn < 100_000; turn++) {
      if (turn % 7 === 0) this.#send();
      if (this.#tasks.isQuiet) this.#queue.timeOut();
      this.#queue.receive();
      await this.#tasks.resumeOne();
    }
    if (!this.isQuiet) throw new Error("the world did not come to rest");
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

  /** Frames that must be refused: of a stranger, of a member too early to name the conversation, or unstorable. */
  #intrude(): void {
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
          if (outcome === "sent" || this.#choose(2) === 0) this.#arrive(connection, frame);
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
      metrics: uncounted,
    };
  }

  /** The outbound queue never loses a delivery, and is as late as it likes. */
  #deliverLater(delivery: Delivery): void {
    this.#tasks.start(async (step) => {
      await step("deliver");
      if (delivery.type === "deliver.shard") throw new Error("two members are no large group");
      if (delivery.type === "deliver.answer") this.#arrive(delivery.target.connection, delivery.frame);
      else {
        const entries = this.store.entries(ALICE_BOB).filter(({ seq }) => delivery.seqs.includes(seq));
        for (const { frame } of entriesPushes(delivery.target, ALICE_BOB, delivery.epoch, entries)) {
          this.#arrive(delivery.target.connection, frame);
        }
      }
    });
  }

  #arrive(connection: string, frame: ServerFrame): void {
    if (frame.type === "entries") {
      const device = this.devices.find((candidate) => candidate.connection === connection);
      for (const entry of frame.entries) device?.got.set(entry.seq, entry.id);
    }
    if (frame.type === "ack") {
      const sender = this.senders.find((candidate) => candidate.connection === connection);
      // One in five acks is lost with its socket: the sender resends.
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
      else if (frame.error.code === "stale") this.#lookFor(connection);
      else throw new Error(`rejected: ${frame.error.code}`);
    }
  }

  /** A client told `stale` syncs, takes what it meets as sent, and composes the rest anew with its new cursor. */
  #lookFor(connection: string): void {
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
    const device: Device = { user, connection, got: new Map(), open: false };
    this.devices.push(device);
    this.#tasks.start(async (step) => {
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
    // From the beginning: a device without a cursor would be shown the newest entries only.
    const cursors: Record<string, Cursor> = { [ALICE_BOB]: [1, 0] };
    for (;;) {
      const result = await sync(deps, device.user, { type: "sync", id: "s", cursors }, never);
      const [conversation] = result.conversations;
      for (const { seq, id } of conversation?.entries ?? []) device.got.set(seq, id);
      const last: Entry | undefined = conversation?.entries.at(-1);
      if (last !== undefined) cursors[ALICE_BOB] = [1, last.seq];
      if (result.next === undefined) break;
    }
  }
}
