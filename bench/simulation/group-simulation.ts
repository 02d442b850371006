import { type BatchDeps, commitBatch } from "../../functions/core/commit/batch.ts";
import { type DeliverDeps, deliverBatch } from "../../functions/core/delivery/deliver.ts";
import { groupConversationId } from "../../functions/core/log/conversation-id.ts";
import { memberBucket } from "../../functions/core/shared/partition.ts";
import type { ConversationLog, MemberPage } from "../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../functions/ports/published-frame.ts";
import type { Delivery, ShardDelivery } from "../../functions/ports/topics.ts";
import { headOf } from "../../test/support/frames.ts";
import { MemoryStore } from "../../test/support/memory-ports.ts";
import { CHANNELS, FUNCTIONS } from "../../wiring/manifest.ts";
import { VirtualClock } from "./clock.ts";
import { Gateway } from "./gateway.ts";
import { type Environment, SimulatedFunction, type SimulatedRecord, Trigger } from "./lambda.ts";
import { Meter } from "./meter.ts";
import { logNormal, seededRandom } from "./seeded-random.ts";
import { SERVICES } from "./services.ts";
import {
  type SimulatedServices,
  simulatedConnections,
  simulatedLeases,
  simulatedLog,
  simulatedOutboundTopic,
  unmeteredDeps,
} from "./simulated-ports.ts";

export const SENDER = "sender";
export const GROUP = groupConversationId(SENDER, "large");
const FAR_FUTURE_MS = 10 ** 12;
/** Connected long ago, so that a 410 is trusted. */
const CONNECTED_AT_MS = -3_600_000;

export const connectionId = (user: string) => `${user}-1`;

interface GroupOptions {
  /** Members besides the sender, who is online with one connection. */
  readonly users: readonly string[];
  readonly seed?: number;
  readonly deliver?: Partial<{ memoryMb: number; batchSize: number; maximumConcurrency: number }>;
  readonly commitMemoryMb?: number;
  /** Deliveries of each record of the outbound queue. Standard queues may deliver more than once. @default 1 */
  readonly deliveriesPerRecord?: number;
}

/** A shard and the start of its function. */
interface ShardRun {
  readonly shard: ShardDelivery;
  readonly startedAtMs: number;
}

/** A group, its members' connections, and the real `commit` and `deliver` on simulated services. */
export class GroupSimulation {
  readonly clock = new VirtualClock();
  readonly store = new MemoryStore();
  readonly gateway = new Gateway();
  readonly commit: SimulatedFunction;
  readonly deliver: SimulatedFunction;
  readonly shardRuns: ShardRun[] = [];
  /** All deliveries published to the outbound topic. */
  readonly deliveries: Delivery[] = [];
  /** Sizes of the member pages that were read. */
  readonly pages: number[] = [];
  /** Calls of `commit` and of `deliver`. */
  readonly commitMeter = new Meter();
  readonly deliverMeter = new Meter();
  readonly #random: () => number;
  readonly #entries: Trigger;
  readonly #outbound: Trigger;
  #frames = 0;

  constructor(options: GroupOptions) {
    const { users, seed = 1, deliver, deliveriesPerRecord = 1 } = options;
    this.#random = seededRandom(seed);
    this.commit = new SimulatedFunction(this.clock, options.commitMemoryMb ?? FUNCTIONS.commit.memoryMb);
    this.deliver = new SimulatedFunction(this.clock, deliver?.memoryMb ?? FUNCTIONS.deliver.memoryMb);
    this.#entries = new Trigger(this.clock, {
      ...CHANNELS.entries.trigger,
      maxReceiveCount: CHANNELS.entries.maxReceiveCount,
      isFifo: true,
      handle: (records) => this.commit.invoke((environment) => this.#commit(environment, records)),
    });
    this.#outbound = new Trigger(this.clock, {
      ...CHANNELS.outbound.trigger,
      maxReceiveCount: CHANNELS.outbound.maxReceiveCount,
      ...deliver,
      isFifo: false,
      handle: (records) =>
        this.deliver.invoke((environment) => this.#deliver(environment, records, deliveriesPerRecord)),
    });
    this.#createGroup([...users, SENDER]);
  }

  /** Creates the group with one entry and connects all members. */
  #createGroup(users: readonly string[]): void {
    const create = { id: "create", seq: 1, sender: SENDER, kind: "create", body: {}, sentAtMs: 0 } as const;
    const head = headOf({ kind: "group", memberCount: users.length, ownerCount: 1, lastSeq: 1 });
    this.store.put(GROUP, { entries: [create], headVersion: head.version });
    this.store.heads.set(GROUP, head);
    for (const user of users) {
      const role = user === SENDER ? "owner" : "member";
      this.store.admit(GROUP, { user, role, ranges: [[1]], spoken: true });
      this.connect(user);
    }
  }

  get deadLetters(): number {
    return this.#entries.deadLetters + this.#outbound.deadLetters;
  }

  connect(user: string): void {
    const connection = connectionId(user);
    const lease = {
      connection,
      device: undefined,
      connectedAtMs: CONNECTED_AT_MS,
      expiresAtMs: FAR_FUTURE_MS,
    };
    this.store.leases.set(user, new Map([[connection, lease]]));
  }

  disconnect(user: string): void {
    this.store.leases.delete(user);
  }

  /** Publishes frames at the same time, as `send` does, and runs until all effects are done. Returns the start time. */
  async send(...entries: readonly PublishedFrame["entries"][]): Promise<number> {
    const startedAtMs = this.clock.now();
    const publishedAtMs = startedAtMs + SERVICES.warmStartMs + SERVICES.snsPublishMs;
    const hopMs = logNormal(SERVICES.hopMedianMs, SERVICES.hopSpread, this.#random);
    this.clock.at(publishedAtMs + hopMs, () => {
      this.#entries.enqueue(
        entries.map((one) => JSON.stringify(this.#frame(one))),
        GROUP,
      );
    });
    await this.clock.run();
    return startedAtMs;
  }

  #frame(entries: PublishedFrame["entries"]): PublishedFrame {
    this.#frames += 1;
    const lastSeq = this.store.heads.get(GROUP)?.lastSeq ?? 0;
    return {
      frame: `frame-${this.#frames}`,
      sender: { user: SENDER, connection: connectionId(SENDER) },
      conversation: GROUP,
      seen: [1, lastSeq],
      entries,
      receivedAtMs: this.clock.now(),
    };
  }

  #services(meter: Meter): SimulatedServices {
    const { clock, store, gateway } = this;
    return { clock, store, meter, random: this.#random, gateway };
  }

  #deps(meter: Meter, environment: Environment, trigger: Trigger): BatchDeps & DeliverDeps {
    const services = this.#services(meter);
    const outbound = simulatedOutboundTopic(services, environment, (body) =>
      this.#outbound.enqueue([body], ""),
    );
    return {
      ...unmeteredDeps(services),
      log: this.#recordingPages(simulatedLog(services, environment)),
      leases: simulatedLeases(services, environment),
      connections: simulatedConnections(services, environment),
      outbound: {
        publish: (deliveries, signal) => {
          this.deliveries.push(...deliveries);
          return outbound.publish(deliveries, signal);
        },
        announce: (events, signal) => outbound.announce(events, signal),
      },
      queue: { retryAfter: trigger.retryAfter },
    };
  }

  #recordingPages(log: ConversationLog): ConversationLog {
    const members = async (...args: Parameters<ConversationLog["members"]>): Promise<MemberPage> => {
      const page = await log.members(...args);
      this.pages.push(page.members.length);
      return page;
    };
    return { ...log, members };
  }

  #commit(environment: Environment, records: readonly SimulatedRecord[]): Promise<string[]> {
    return commitBatch(this.#deps(this.commitMeter, environment, this.#entries), records);
  }

  async #deliver(
    environment: Environment,
    records: readonly SimulatedRecord[],
    times: number,
  ): Promise<string[]> {
    for (const { body } of records) {
      const shard = JSON.parse(body) as Delivery;
      if (shard.type === "deliver.shard") this.shardRuns.push({ shard, startedAtMs: this.clock.now() });
    }
    const deps = this.#deps(this.deliverMeter, environment, this.#outbound);
    for (let time = 1; time < times; time++) await deliverBatch(deps, records);
    return deliverBatch(deps, records);
  }

  /** Returns the arrivals of entries at connections, in order of time. */
  entryArrivals(sinceMs = 0): { connection: string; seq: number; atMs: number }[] {
    return this.gateway.arrivals
      .filter(({ atMs }) => atMs >= sinceMs)
      .flatMap(({ connection, frame, atMs }) =>
        frame.type === "entries" ? frame.entries.map(({ seq }) => ({ connection, seq, atMs })) : [],
      );
  }

  ackedAtMs(sinceMs: number): number | undefined {
    return this.gateway.arrivals.find(({ frame, atMs }) => frame.type === "ack" && atMs >= sinceMs)?.atMs;
  }

  /** Returns the duration of each shard, from its function's first step to the last push to its members. */
  shardTimes(sinceMs: number): number[] {
    const byBucket = new Map<number, number>();
    for (const { connection, atMs } of this.entryArrivals(sinceMs)) {
      const bucket = memberBucket(connection.slice(0, -2));
      byBucket.set(bucket, Math.max(atMs, byBucket.get(bucket) ?? 0));
    }
    return this.shardRuns
      .filter(({ shard, startedAtMs }) => startedAtMs >= sinceMs && shard.after === undefined)
      .map(({ shard, startedAtMs }) => {
        const buckets = [...byBucket].filter(
          ([bucket]) => bucket >= shard.fromBucket && bucket <= shard.toBucket,
        );
        return Math.max(startedAtMs, ...buckets.map(([, atMs]) => atMs)) - startedAtMs;
      });
  }
}
