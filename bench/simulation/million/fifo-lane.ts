import type { VirtualClock } from "../clock.ts";
import type { SimulatedRecord } from "../lambda.ts";
import { RetryDelays } from "../retry-delays.ts";
import { SERVICES } from "../services.ts";

interface LaneOptions {
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  readonly maxReceiveCount: number;
  /** Handles a batch. Returns the ids of the records that failed; rejects if Lambda throttles the invocation. */
  readonly handle: (records: readonly SimulatedRecord[]) => Promise<readonly string[]>;
}

/** Assumed: wait of an event source mapping after Lambda throttled it. */
const THROTTLED_RETRY_MS = 1_000;

/**
 * A FIFO queue with its event source mapping. A message group is in one batch at a time, several groups may share a batch,
 * and all waiting records of a group go together. Pollers grow as AWS documents for standard queues.
 */
export class FifoLane {
  readonly #clock: VirtualClock;
  readonly #options: LaneOptions;
  readonly #waiting = new Map<string, SimulatedRecord[]>();
  /** Groups with records and without a batch in flight, in the order in which they became ready. */
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #delays = new RetryDelays();
  readonly retryAfter = this.#delays.retryAfter;
  #records = 0;
  #active = 0;
  #backlogSinceMs: number | undefined;
  depth = 0;
  maxDepth = 0;
  deadLetters = 0;
  batches = 0;
  handledRecords = 0;

  constructor(clock: VirtualClock, options: LaneOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  enqueue(body: string, group: string): void {
    this.#records += 1;
    const id = String(this.#records);
    this.depth += 1;
    this.maxDepth = Math.max(this.maxDepth, this.depth);
    this.#addToGroup([{ id, receiptHandle: id, receiveCount: 1, group, body }], group);
    this.#dispatch();
  }

  /** Adds records behind the group's waiting records, or, for a retry, in front of them. */
  #addToGroup(records: readonly SimulatedRecord[], group: string, isBefore = false): void {
    const waiting = this.#waiting.get(group) ?? [];
    this.#waiting.set(group, isBefore ? [...records, ...waiting] : [...waiting, ...records]);
    if (!this.#busy.has(group)) this.#ready.add(group);
  }

  #dispatch(): void {
    while (this.#ready.size > 0 && this.#active < this.#concurrencyLimit()) void this.#handle(this.#take());
    if (this.#ready.size === 0) {
      this.#backlogSinceMs = undefined;
    } else if (this.#backlogSinceMs === undefined) {
      this.#backlogSinceMs = this.#clock.now();
      this.#scheduleNextPoller();
    }
  }

  #take(): SimulatedRecord[] {
    const batch: SimulatedRecord[] = [];
    for (const group of this.#ready) {
      const room = this.#options.batchSize - batch.length;
      if (room === 0) break;
      const waiting = this.#waiting.get(group) ?? [];
      batch.push(...waiting.slice(0, room));
      if (waiting.length > room) this.#waiting.set(group, waiting.slice(room));
      else this.#waiting.delete(group);
      this.#ready.delete(group);
      this.#busy.add(group);
    }
    return batch;
  }

  #pollers: number = SERVICES.pollersAtFirst;

  #concurrencyLimit(): number {
    return Math.min(this.#options.maximumConcurrency, this.#pollers);
  }

  /** Adds pollers while there is a backlog. They never go away, because a run is short. */
  #scheduleNextPoller(): void {
    this.#clock.at(this.#clock.now() + 1000 / SERVICES.pollersPerSecond, () => {
      if (this.#backlogSinceMs === undefined) return;
      this.#pollers += 1;
      this.#dispatch();
      this.#scheduleNextPoller();
    });
  }

  /** Starts with all pollers, as after a while of the same traffic. */
  scaleToMaximum(): void {
    this.#pollers = this.#options.maximumConcurrency;
  }

  async #handle(records: readonly SimulatedRecord[]): Promise<void> {
    this.#active += 1;
    let failed: ReadonlySet<string>;
    try {
      failed = new Set(await this.#options.handle(records));
      this.batches += 1;
      this.handledRecords += records.length;
    } catch {
      failed = new Set(records.map(({ id }) => id));
      await this.#clock.sleep(THROTTLED_RETRY_MS);
      for (const { receiptHandle } of records) this.#delays.set(receiptHandle, 0);
    }
    this.#active -= 1;
    const groups = Map.groupBy(records, ({ group }) => group);
    for (const [group, taken] of groups) this.#finishGroup(group, taken, failed);
    this.#dispatch();
  }

  #finishGroup(group: string, taken: readonly SimulatedRecord[], failed: ReadonlySet<string>): void {
    const failedRecords = taken.filter(({ id }) => failed.has(id));
    this.depth -= taken.length - failedRecords.length;
    const retried = failedRecords.filter(({ receiveCount }) => receiveCount < this.#options.maxReceiveCount);
    this.deadLetters += failedRecords.length - retried.length;
    this.depth -= failedRecords.length - retried.length;
    const release = () => {
      this.#busy.delete(group);
      if (retried.length > 0) {
        this.#addToGroup(
          retried.map((record) => ({ ...record, receiveCount: record.receiveCount + 1 })),
          group,
          true,
        );
      } else if (this.#waiting.has(group)) {
        this.#ready.add(group);
      }
    };
    if (retried.length === 0) {
      release();
      return;
    }
    const delays = retried.map(({ receiptHandle }) => this.#delays.get(receiptHandle));
    for (const { receiptHandle } of retried) this.#delays.delete(receiptHandle);
    this.#clock.at(this.#clock.now() + Math.max(...delays), () => {
      release();
      this.#dispatch();
    });
  }
}
