import { DEFAULT_TIMINGS } from "../../../client/src/api/options.ts";
import { fullJitterMs } from "../../../client/src/connection/backoff.ts";
import { type BatchDeps, commitBatch } from "../../../functions/core/commit/batch.ts";
import { type DeliverDeps, deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import { Admission } from "../../../functions/core/ingest/admission.ts";
import { laneOf } from "../../../functions/core/shared/partition.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { headOf } from "../../../test/support/frames.ts";
import { MemoryStore, silent } from "../../../test/support/memory-ports.ts";
import { ADMISSION_DEPTH, CHANNELS, FUNCTIONS } from "../../../wiring/manifest.ts";
import { VirtualClock } from "../clock.ts";
import { type Arrival, Gateway } from "../gateway.ts";
import { type Environment, SimulatedFunction, type SimulatedRecord, Trigger } from "../lambda.ts";
import { Meter } from "../meter.ts";
import { logNormal, seededRandom } from "../seeded-random.ts";
import { SERVICES } from "../services.ts";
import {
  type SimulatedServices,
  simulatedConnections,
  simulatedLeases,
  simulatedLog,
  simulatedOutboundTopic,
  unmeteredDeps,
} from "../simulated-ports.ts";
import { Account, type AccountLimits, Throttled } from "./account.ts";
import { FifoLane } from "./fifo-lane.ts";
import { Histogram } from "./histogram.ts";
import { throttledLeases, throttledLog } from "./throttled-ports.ts";

export interface MillionOptions {
  /** Rate of new messages, independent of earlier ones. */
  readonly messagesPerSecond: number;
  readonly durationMs: number;
  /** Number of active conversations, among which messages are spread evenly. */
  readonly conversations: number;
  readonly groupShare: number;
  readonly groupSize: number;
  /** Share of members without a connection, the sender excluded. */
  readonly offlineShare: number;
  readonly lanes: number;
  /** Most concurrent invocations of `commit`, all lanes together. */
  readonly commitConcurrency: number;
  readonly deliverConcurrency: number;
  readonly admissionDepth?: number;
  readonly limits: AccountLimits;
  readonly seed?: number;
}

/** A message that has not reached everyone yet. */
interface InFlight {
  readonly sentAtMs: number;
  /** True once `send` has accepted it. */
  isAccepted: boolean;
  isAcked: boolean;
  readonly awaiting: Set<string>;
}

export interface Outcome {
  readonly sent: number;
  readonly accepted: number;
  readonly acked: number;
  readonly delivered: number;
  /** Times from the client's first attempt to its ack, and to each push. */
  readonly ack: Histogram;
  readonly push: Histogram;
  /** Frames refused before the topic, by reason. Each was sent again. */
  readonly refused: ReadonlyMap<string, number>;
  readonly throttledPosts: number;
  readonly throttledTableCalls: number;
  readonly refusedInvocations: number;
  readonly maxConcurrency: number;
  readonly maxLaneDepth: number;
  readonly framesPerBatch: number;
  readonly deadLetters: number;
  /** Time from the last message until all effects were done. */
  readonly drainMs: number;
}

const FAR_FUTURE_MS = 10 ** 12;
const CONNECTED_AT_MS = -3_600_000;

class CallbackGateway extends Gateway {
  readonly #onArrival: (arrival: Arrival) => void;

  constructor(account: Account, onArrival: (arrival: Arrival) => void) {
    super(account.gateway);
    this.#onArrival = onArrival;
  }

  /** Reports the arrival and does not store it. */
  override deliver(arrival: Arrival): void {
    this.#onArrival(arrival);
  }
}

/**
 * Simulates many conversations on a virtual clock. Each frame goes through the quotas, the topic and the lanes to the real
 * `commit` and `deliver`. Clients retry refused frames as the library does. Memory grows with the conversations and the
 * messages in flight; of a finished message only its entry stays.
 */
export class MillionSimulation {
  readonly #clock = new VirtualClock();
  readonly #store = new MemoryStore();
  readonly #meter = new Meter();
  readonly #options: MillionOptions;
  readonly #random: () => number;
  readonly #account: Account;
  readonly #gateway: Gateway;
  readonly #lanes: FifoLane[];
  readonly #outbound: Trigger;
  readonly #send = new SimulatedFunction(this.#clock, FUNCTIONS.send.memoryMb.queued);
  readonly #commit = new SimulatedFunction(this.#clock, FUNCTIONS.commit.memoryMb);
  readonly #deliver = new SimulatedFunction(this.#clock, FUNCTIONS.deliver.memoryMb);
  readonly #admissions = new WeakMap<Environment, Admission>();
  readonly #inFlight = new Map<string, InFlight>();
  readonly #refused = new Map<string, number>();
  readonly #ack = new Histogram();
  readonly #push = new Histogram();
  #sent = 0;
  #accepted = 0;
  #acked = 0;
  #delivered = 0;
  #frames = 0;
  #lastArrivalMs = 0;
  #lastEffectMs = 0;

  constructor(options: MillionOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#account = new Account(this.#clock, options.limits);
    this.#gateway = new CallbackGateway(this.#account, (arrival) => this.#onArrival(arrival));
    const { trigger, maxReceiveCount } = CHANNELS.entries;
    this.#lanes = Array.from({ length: options.lanes }, () => {
      const lane: FifoLane = new FifoLane(this.#clock, {
        batchSize: trigger.batchSize,
        maximumConcurrency: Math.max(2, Math.floor(options.commitConcurrency / options.lanes)),
        maxReceiveCount,
        handle: (records) => this.#commitRecords(lane, records),
      });
      lane.scaleToMaximum();
      return lane;
    });
    this.#outbound = new Trigger(this.#clock, {
      ...CHANNELS.outbound.trigger,
      maximumConcurrency: options.deliverConcurrency,
      maxReceiveCount: CHANNELS.outbound.maxReceiveCount,
      isFifo: false,
      handle: (records) => this.#deliverRecords(records),
    });
  }

  async run(): Promise<Outcome> {
    this.#scheduleNextMessage(0);
    await this.#clock.run();
    const sum = (of: (lane: FifoLane) => number) => this.#lanes.reduce((all, lane) => all + of(lane), 0);
    return {
      sent: this.#sent,
      accepted: this.#accepted,
      acked: this.#acked,
      delivered: this.#delivered,
      ack: this.#ack,
      push: this.#push,
      refused: this.#refused,
      throttledPosts: this.#gateway.throttled - (this.#refused.get("API Gateway") ?? 0),
      throttledTableCalls: this.#account.throttledTableCalls,
      refusedInvocations: this.#account.refusedInvocations,
      maxConcurrency: this.#account.maxInUse,
      maxLaneDepth: Math.max(...this.#lanes.map(({ maxDepth }) => maxDepth)),
      framesPerBatch: sum(({ handledRecords }) => handledRecords) / sum(({ batches }) => batches),
      deadLetters: sum(({ deadLetters }) => deadLetters) + this.#outbound.deadLetters,
      drainMs: this.#lastEffectMs - this.#lastArrivalMs,
    };
  }

  /** Schedules the next message of a Poisson process, in which messages are independent of each other. */
  #scheduleNextMessage(nowMs: number): void {
    const atMs = nowMs + (-Math.log(1 - this.#random()) / this.#options.messagesPerSecond) * 1000;
    if (atMs > this.#options.durationMs) return;
    this.#clock.at(atMs, () => {
      this.#lastArrivalMs = atMs;
      this.#sendMessage();
      this.#scheduleNextMessage(atMs);
    });
  }

  #sendMessage(): void {
    const { conversations, groupShare } = this.#options;
    const number = Math.floor(this.#random() * conversations);
    const isGroup = (number * 0.618_034) % 1 < groupShare;
    // Real ids have the same form: a letter and 43 characters of base64url.
    const conversation = `${isGroup ? "g" : "d"}${String(number).padStart(43, "A")}`;
    const users = this.#ensureConversation(conversation, isGroup);
    const sender = users[0] ?? "";
    const missing = users.slice(1).flatMap((user) => [...(this.#store.leases.get(user)?.keys() ?? [])]);
    this.#sent += 1;
    const id = `m${this.#sent}`;
    this.#inFlight.set(id, {
      sentAtMs: this.#clock.now(),
      isAccepted: false,
      isAcked: false,
      awaiting: new Set(missing),
    });
    void this.#sendFrame(conversation, sender, id, 0);
  }

  /** Returns the conversation's users. On the first call, creates the conversation with its members and connections. */
  #ensureConversation(conversation: string, isGroup: boolean): string[] {
    const { groupSize, offlineShare } = this.#options;
    const count = isGroup ? groupSize : 2;
    const users = Array.from(
      { length: count },
      (_, index) =>
        `${conversation.slice(0, 1)}${Number(conversation.slice(1).replaceAll("A", ""))}-${index}`,
    );
    if (this.#store.heads.has(conversation)) return users;
    const kind = isGroup ? "group" : "direct";
    const create = {
      id: "c",
      seq: 1,
      sender: users[0] ?? "",
      kind: "create",
      body: {},
      sentAtMs: 0,
    } as const;
    const head = headOf({ kind, memberCount: count, ownerCount: 1, lastSeq: 1 });
    this.#store.put(conversation, { entries: [create], headVersion: head.version });
    this.#store.heads.set(conversation, head);
    for (const [index, user] of users.entries()) {
      const role = index === 0 ? "owner" : "member";
      this.#store.admit(conversation, { user, role, ranges: [[1]], spoken: true });
      if (index > 0 && this.#random() < offlineShare) continue;
      const connection = `${user}-c`;
      const lease = {
        connection,
        device: undefined,
        connectedAtMs: CONNECTED_AT_MS,
        expiresAtMs: FAR_FUTURE_MS,
      };
      this.#store.leases.set(user, new Map([[connection, lease]]));
    }
    return users;
  }

  async #sendFrame(conversation: string, user: string, id: string, failures: number): Promise<void> {
    const refusal = await this.#trySend(conversation, user, id);
    if (refusal === undefined) {
      this.#accepted += 1;
      const message = this.#inFlight.get(id);
      if (message) message.isAccepted = true;
      return;
    }
    this.#refused.set(refusal.reason, (this.#refused.get(refusal.reason) ?? 0) + 1);
    const waitMs = refusal.retryAfterMs ?? fullJitterMs(failures, DEFAULT_TIMINGS.retry, this.#random());
    this.#clock.at(
      this.#clock.now() + waitMs,
      () => void this.#sendFrame(conversation, user, id, failures + 1),
    );
  }

  /** Sends a frame through API Gateway, `send` and the topic. Returns the refusal, or `undefined` if it was accepted. */
  async #trySend(
    conversation: string,
    user: string,
    id: string,
  ): Promise<{ reason: string; retryAfterMs?: number } | undefined> {
    if (!this.#gateway.tryTake(this.#clock.now())) return { reason: "API Gateway" };
    try {
      return await this.#account.invoke("send", () =>
        this.#send.invoke(async (environment) => {
          await environment.compute(SERVICES.cpuPerCallMs);
          const { admitted } = await this.#admission(environment).admit(conversation);
          if (!admitted) return { reason: "overloaded", retryAfterMs: 5_000 + this.#random() * 5_000 };
          await this.#clock.sleep(SERVICES.snsPublishMs);
          if (!this.#account.publishes.tryTake(this.#clock.now())) return { reason: "unavailable" };
          this.#publish(conversation, user, id);
          return undefined;
        }),
      );
    } catch (error) {
      if (error instanceof Throttled) return { reason: "Lambda" };
      throw error;
    }
  }

  #admission(environment: Environment): Admission {
    const known = this.#admissions.get(environment);
    if (known) return known;
    const admission = new Admission({
      queueDepth: { lanes: this.#lanes.length, read: async (lane) => this.#lanes[lane]?.depth ?? 0 },
      admissionDepth: this.#options.admissionDepth ?? ADMISSION_DEPTH,
      now: this.#clock.now,
      logger: silent,
    });
    this.#admissions.set(environment, admission);
    return admission;
  }

  #publish(conversation: string, user: string, id: string): void {
    this.#frames += 1;
    const frame: PublishedFrame = {
      frame: `frame-${this.#frames}`,
      sender: { user, connection: `${user}-c` },
      conversation,
      seen: [1, this.#store.heads.get(conversation)?.lastSeq ?? 0],
      entries: [{ id, kind: "text", body: { text: "x".repeat(100) } }],
      receivedAtMs: this.#clock.now(),
    };
    const lane = this.#lanes[laneOf(conversation, this.#lanes.length)];
    const hopMs = logNormal(SERVICES.hopMedianMs, SERVICES.hopSpread, this.#random);
    this.#clock.at(this.#clock.now() + hopMs, () => lane?.enqueue(JSON.stringify(frame), conversation));
  }

  #commitRecords(lane: FifoLane, records: readonly SimulatedRecord[]): Promise<string[]> {
    return this.#account.invoke("commit", () =>
      this.#commit.invoke((environment) =>
        commitBatch({ ...this.#deps(environment), queue: { retryAfter: lane.retryAfter } }, records),
      ),
    );
  }

  async #deliverRecords(records: readonly SimulatedRecord[]): Promise<string[]> {
    try {
      return await this.#account.invoke("deliver", () =>
        this.#deliver.invoke((environment) => {
          const queue = { retryAfter: this.#outbound.retryAfter };
          return deliverBatch({ ...this.#deps(environment), queue }, records);
        }),
      );
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      await this.#outbound.retryAfter(
        records.map(({ receiptHandle }) => receiptHandle),
        1,
      );
      return records.map(({ id }) => id);
    }
  }

  #deps(environment: Environment): Omit<BatchDeps & DeliverDeps, "queue"> {
    const { read, write } = this.#account;
    const services: SimulatedServices = {
      clock: this.#clock,
      store: this.#store,
      meter: this.#meter,
      random: this.#random,
      gateway: this.#gateway,
    };
    return {
      ...unmeteredDeps(services),
      log: throttledLog(simulatedLog(services, environment), read, write),
      leases: throttledLeases(simulatedLeases(services, environment), read),
      connections: simulatedConnections(services, environment),
      outbound: simulatedOutboundTopic(services, environment, (body) => this.#outbound.enqueue([body], "")),
    };
  }

  #onArrival({ connection, frame, atMs }: Arrival): void {
    if (frame.type !== "ack" && frame.type !== "entries") return;
    this.#lastEffectMs = atMs;
    for (const { id } of frame.entries) {
      const message = this.#inFlight.get(id);
      // A repeated push: clients apply an entry once.
      if (message === undefined) continue;
      if (frame.type === "ack" && !message.isAcked) {
        message.isAcked = true;
        this.#acked += 1;
        this.#ack.add(atMs - message.sentAtMs);
      } else if (frame.type === "entries" && message.awaiting.delete(connection)) {
        this.#push.add(atMs - message.sentAtMs);
      }
      if (!message.isAcked || message.awaiting.size > 0) continue;
      this.#delivered += 1;
      this.#inFlight.delete(id);
    }
  }
}
