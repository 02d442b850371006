import type { BatchDeps } from "../../../functions/core/commit/batch.ts";
import type { DeliverDeps } from "../../../functions/core/delivery/deliver.ts";
import type { PushDeps } from "../../../functions/core/delivery/push.ts";
import { sync } from "../../../functions/core/query/sync.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { ConversationLog, WriteResult } from "../../../functions/ports/conversation-log.ts";
import type { EventFamily } from "../../../functions/ports/events.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Cursor, Entry, ServerFrame } from "../../../protocol/index.ts";
import { ALICE_BOB } from "../../support/frames.ts";
import { type Choose, Interleaving, type Step } from "../../support/interleaving.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import { noMetrics, silent } from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../support/memory-presence.ts";
import { DelegatingLog } from "./delegating-log.ts";
import { DirectSends } from "./direct-sends.ts";
import { FifoGroup } from "./fifo-group.ts";
import { LogHistory } from "./log-history.ts";
import { noErrors } from "./logs.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import { MemoryWorld, type World } from "./world.ts";

const signal = new AbortController().signal;
const NEVER_EXPIRES_AT_MS = 10 ** 12;
/** Small, so that looking for duplicates takes several pages, or reaches too far back. */
const PAGE_SEGMENTS = 4;
/**
 * Most time between two events. If it is long, a queue that is busy for two seconds is soon quiet again; if it is short,
 * many things happen while an environment remembers a conversation.
 */
const MAX_STEPS_MS = [1_000, 100];

/** Most events before the epoch is raised. */
const EPOCH_RAISED_BEFORE = 250;

/** A log that cannot store some entries. */
class FaultyLog extends DelegatingLog {
  override async change(...args: Parameters<ConversationLog["change"]>): Promise<WriteResult> {
    for (const { entries } of args[1].segments) refuseUnstorable(entries);
    refuseUnstorable(args[1].after.tail);
    return super.change(...args);
  }

  override async update(...args: Parameters<ConversationLog["update"]>): Promise<WriteResult> {
    refuseUnstorable(args[2].tail);
    return super.update(...args);
  }
}

function refuseUnstorable(entries: readonly Entry[]): void {
  if (entries.some(({ id }) => id.startsWith("unstorable"))) throw new Unstorable();
}

interface Shown {
  readonly id: string;
  readonly body: unknown;
}

interface Device {
  readonly user: string;
  readonly connection: string;
  /** Bodies and ids of the entries that it was shown. */
  readonly received: Map<number, Shown>;
  /** While false, its lease exists but a post to it is answered with 410. */
  open: boolean;
}

/** Thrown for a frame that the table cannot store. The test checks at the end that none is in the log. */
class Unstorable extends Error {}

interface Sender {
  readonly user: string;
  readonly connection: string;
  readonly acked: Map<string, number>;
  /** Ids of entries that it found in the log after it was told that its frame is stale. */
  readonly found: Set<string>;
  /** Seq that it had seen when it first composed the entry with this id. */
  readonly seenBefore: Map<string, number>;
  outstanding: PublishedFrame | undefined;
  toSend: number;
  count: number;
  seen: Cursor;
}

/**
 * One conversation, several senders that resend, devices that connect and sync, and the FIFO queue in between.
 * Invocations run the real `commitBatch` over ports whose every call waits for permission. The caller chooses the
 * interleaving, lets invocations crash between any two calls, and lets visibility timeouts expire during them.
 */
export class CommitSimulation {
  readonly history: LogHistory;
  readonly devices: Device[] = [];
  readonly senders: Sender[];
  /** Refused entries, which must never be in the log. */
  readonly refused = new Set<string>();
  readonly #choose: Choose;
  readonly #world: World;
  readonly #interleaving: Interleaving;
  readonly #queue: FifoGroup;
  readonly #outboundQueue: OutboundQueue;
  readonly #direct: DirectSends;
  #intruders = 0;
  #frames = 0;
  readonly #events: ReadonlySet<EventFamily>;
  readonly #maxStepMs: number;
  /** Event at which the operator raises the epoch; writers that have begun before do not know of it. */
  readonly #epochRaisedAt: number | undefined;
  #epochFloor = 1;
  #nowMs = 0;

  constructor(choose: Choose, messagesPerSender: number, world: World = new MemoryWorld()) {
    this.#choose = choose;
    this.#world = world;
    this.#events = new Set(choose(2) === 0 ? ["message.committed"] : []);
    this.#maxStepMs = MAX_STEPS_MS[choose(MAX_STEPS_MS.length)] ?? 1;
    this.#epochRaisedAt = choose(4) === 0 ? choose(EPOCH_RAISED_BEFORE) : undefined;
    // A flush of the new epoch may put its segment over that of a writer of the time before, from the same head.
    const cutsVary = this.#epochRaisedAt === undefined;
    this.history = new LogHistory(ALICE_BOB, world.store, choose, cutsVary);
    this.#interleaving = new Interleaving(choose, () => world.settled());
    this.#queue = new FifoGroup(ALICE_BOB, choose, this.#interleaving, (step) => this.#commitDeps(step));
    this.#outboundQueue = new OutboundQueue(choose, this.#interleaving, (step) => this.#deliverDeps(step));
    this.#direct = new DirectSends({
      world,
      choose,
      interleaving: this.#interleaving,
      depsFor: (step) => this.#commitDeps(step),
      publish: (frame) => this.#queue.send(frame),
      answer: (connection, frame) => this.#handleFrame(connection, frame),
    });
    this.senders = ["alice", "bob", "alice"].map((user, index) => ({
      user,
      connection: `${user}-sender-${index}`,
      acked: new Map(),
      found: new Set(),
      seenBefore: new Map(),
      outstanding: undefined,
      toSend: messagesPerSender,
      count: 0,
      seen: [1, 0],
    }));
  }

  get store() {
    return this.#world.store;
  }

  get publishesEvents(): boolean {
    return this.#events.size > 0;
  }

  /** Frames that were answered without the queue. */
  get answeredDirectly(): number {
    return this.#direct.answered;
  }

  get isIdle(): boolean {
    const busy = this.senders.some(({ outstanding, toSend }) => outstanding !== undefined || toSend > 0);
    return !busy && this.#queue.isEmpty && this.#interleaving.isIdle;
  }

  /** Performs one random event. */
  async step({ crashes }: { crashes: boolean }): Promise<void> {
    this.history.tick();
    if (this.history.now === this.#epochRaisedAt) this.#epochFloor = 2;
    this.#nowMs += 1 + this.#choose(this.#maxStepMs);
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
        seen: sender.seen[1] === 0 ? 0 : sender.seen,
        entries: Array.from({ length: size }, () => {
          sender.count += 1;
          const id = `${sender.connection}.${sender.count}`;
          sender.seenBefore.set(id, sender.seen[1]);
          return { id, kind: "text" as const, body: { text: id } };
        }),
        receivedAtMs: this.#nowMs,
      };
    }
    // The same frame again, verbatim, is a new frame to whoever takes it.
    this.#frames += 1;
    const frame = { ...sender.outstanding, frame: `frame-${this.#frames}` };
    if (this.#choose(2) === 0) this.#direct.send(frame);
    else this.#queue.send(frame);
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

  #open(step: Step) {
    return this.#world.open(step, { pageSegments: PAGE_SEGMENTS });
  }

  #pushDeps(step: Step): PushDeps {
    const beganAt = this.history.now;
    return {
      leases: this.#open(step).leases,
      connections: {
        post: async (connection: string, frame: ServerFrame): Promise<PostOutcome> => {
          await step("post");
          this.history.pushed(userOf(connection), frame, beganAt);
          if (this.devices.some((device) => device.connection === connection && !device.open)) return "gone";
          const outcome = this.#choose(10) === 0 ? "retry" : "sent";
          if (outcome === "sent" || this.#choose(2) === 0) this.#handleFrame(connection, frame);
          return outcome;
        },
        close: () => Promise.resolve(),
      },
      presence: new MemoryPresenceTopic(),
      now: () => this.#nowMs,
      logger: silent,
    };
  }

  #outbound(step: Step) {
    return outboundTo(async (messages) => {
      await step("publish");
      for (const delivery of this.history.published(messages)) {
        if (delivery.type === "deliver.shard") this.history.fail("a conversation of two members is sharded");
        this.#outboundQueue.send(delivery);
      }
    });
  }

  #commitDeps(step: Step): BatchDeps {
    const { log, inbox } = this.#open(step);
    return {
      ...this.#pushDeps(step),
      log: new FaultyLog(this.history.observe(log)),
      inbox,
      retentionSeconds: undefined,
      events: this.#events,
      outbound: this.#outbound(step),
      queue: { retryAfter: () => Promise.resolve() },
      faultOf: (error) => (error instanceof Unstorable ? "frame" : undefined),
      epochFloor: this.#epochFloor,
      headBytes: 1024,
      metrics: noMetrics,
    };
  }

  #deliverDeps(step: Step): DeliverDeps {
    const { log, inbox } = this.#open(step);
    return {
      ...this.#pushDeps(step),
      log,
      inbox,
      watches: new MemoryWatches(),
      events: new Set<never>(),
      outbound: this.#outbound(step),
      pushReceipt: async () => undefined,
      queue: { retryAfter: () => Promise.resolve() },
      metrics: noMetrics,
    };
  }

  #handleFrame(connection: string, frame: ServerFrame): void {
    if (frame.type === "entries") {
      const device = this.devices.find((candidate) => candidate.connection === connection);
      for (const { seq, id, body } of frame.entries) device?.received.set(seq, { id, body });
    }
    if (frame.type === "ack") {
      const sender = this.senders.find((candidate) => candidate.connection === connection);
      // One in five acks is lost with its socket, so the sender resends.
      if (sender === undefined || this.#choose(5) === 0) return;
      for (const { id, seq } of frame.entries) {
        const before = sender.acked.get(id);
        if (before !== undefined && before !== seq)
          this.history.fail(`${id} was acknowledged as ${before} and ${seq}`);
        sender.acked.set(id, seq);
        if (this.#choose(2) === 0 && seq > sender.seen[1]) sender.seen = [frame.epoch, seq];
      }
      if (sender.outstanding?.entries.every(({ id }) => sender.acked.has(id) || sender.found.has(id)))
        sender.outstanding = undefined;
    }
    if (frame.type === "reject") {
      if (connection.startsWith("intruder")) for (const id of frame.ids) this.refused.add(id);
      else if (frame.error.code === "stale") this.#recompose(connection, frame.ids);
      else this.history.fail(`rejected: ${frame.error.code}`);
    }
  }

  /**
   * After `stale`, a client syncs, treats the entries it finds as sent, and composes the rest again with its new
   * cursor.
   */
  #recompose(connection: string, ids: readonly string[]): void {
    const sender = this.senders.find((candidate) => candidate.connection === connection);
    if (sender?.outstanding === undefined) return;
    const seenSeq = Math.min(...ids.map((id) => sender.seenBefore.get(id) ?? 0));
    const tailFirst = this.store.heads.get(ALICE_BOB)?.tailFirst ?? 1;
    const unread = this.store.segmentsBetween(ALICE_BOB, seenSeq + 1, tailFirst - 1);
    // Writers of the time before do not know a cursor of the new epoch.
    if (unread.length <= PAGE_SEGMENTS && this.#epochFloor === 1)
      this.history.fail(`${ids} are stale, but could have been searched`);
    const lastSeq = this.store.heads.get(ALICE_BOB)?.lastSeq ?? 0;
    const visible = this.store.entries(ALICE_BOB).filter(({ seq }) => seq <= lastSeq);
    for (const { id } of visible) {
      if (sender.outstanding.entries.some((entry) => entry.id === id)) sender.found.add(id);
    }
    const entries = sender.outstanding.entries.filter(
      ({ id }) => !sender.acked.has(id) && !sender.found.has(id),
    );
    sender.seen = [this.store.heads.get(ALICE_BOB)?.epoch ?? 1, lastSeq];
    const seen = lastSeq === 0 ? 0 : sender.seen;
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
        // It counts as opening until it is open, however many events that takes.
        connectedAtMs: NEVER_EXPIRES_AT_MS,
        expiresAtMs: NEVER_EXPIRES_AT_MS,
      };
      await this.#open(step).leases.put(user, lease, lease.connectedAtMs, signal);
      await step("open");
      device.open = true;
      await this.#syncDevice(device, step);
    });
  }

  async #syncDevice(device: Device, step: Step): Promise<void> {
    const { log, inbox } = this.#open(step);
    const deps = {
      log,
      inbox,
      epochFloor: this.#epochFloor,
      now: () => this.#nowMs,
      logger: noErrors,
      metrics: noMetrics,
    };
    // Syncs from the beginning: a device without a cursor would get the newest entries only.
    const cursors: Record<string, Cursor> = { [ALICE_BOB]: [1, 0] };
    for (;;) {
      const result = await sync(deps, device.user, { type: "sync", id: "s", cursors }, signal);
      const [conversation] = result.conversations;
      for (const { seq, id, body } of conversation?.entries ?? []) device.received.set(seq, { id, body });
      const last: Entry | undefined = conversation?.entries.at(-1);
      if (last !== undefined) cursors[ALICE_BOB] = [conversation?.epoch ?? 1, last.seq];
      if (result.next === undefined) break;
    }
  }
}

/** Returns the user of a connection, with whose id its own begins. */
function userOf(connection: string): string {
  return connection.split("-")[0] ?? "";
}
