import type { VirtualClock } from "./clock.ts";
import { RetryDelays } from "./retry-delays.ts";
import { SERVICES } from "./services.ts";

/** An execution environment: its share of a CPU, which one thread uses, and its connections to API Gateway. */
export class Environment {
  /** Conversations known to be large, which the adapter remembers between invocations. */
  readonly largeConversations = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #slowness: number;
  #busyUntilMs = 0;
  #sockets: number = SERVICES.socketsPerClient;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: VirtualClock, memoryMb: number) {
    this.#clock = clock;
    this.#slowness = Math.max(1, SERVICES.memoryOfOneCpuMb / memoryMb);
  }

  /** Uses the CPU for `ms` of one vCPU. Computations run one after another. */
  async compute(ms: number): Promise<void> {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#clock.now()) + ms * this.#slowness;
    await this.#clock.sleep(this.#busyUntilMs - this.#clock.now());
  }

  /** Runs `use` while holding a connection to API Gateway. */
  async withSocket<T>(use: () => Promise<T>): Promise<T> {
    if (this.#sockets > 0) this.#sockets -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await use();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#sockets += 1;
    }
  }
}

/** A Lambda function. It keeps its environments and starts a new one when none is idle. */
export class SimulatedFunction {
  invocations = 0;
  coldStarts = 0;
  billedMs = 0;
  readonly memoryMb: number;
  readonly #clock: VirtualClock;
  readonly #idle: Environment[] = [];

  constructor(clock: VirtualClock, memoryMb: number) {
    this.#clock = clock;
    this.memoryMb = memoryMb;
  }

  async invoke<T>(run: (environment: Environment) => Promise<T>): Promise<T> {
    this.invocations += 1;
    const warm = this.#idle.pop();
    if (warm === undefined) this.coldStarts += 1;
    const environment = warm ?? new Environment(this.#clock, this.memoryMb);
    await this.#clock.sleep(warm ? SERVICES.warmStartMs : SERVICES.coldStartMs);
    const startedAtMs = this.#clock.now();
    try {
      return await run(environment);
    } finally {
      this.billedMs += this.#clock.now() - startedAtMs + (warm ? 0 : SERVICES.coldStartMs);
      this.#idle.push(environment);
    }
  }
}

/** A queue record as a function receives it. */
export interface SimulatedRecord {
  readonly id: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly group: string;
  readonly body: string;
}

interface TriggerOptions {
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  /** Receives after which a record goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /** True for a single conversation, whose next batch starts when the previous one is done. */
  readonly isFifo: boolean;
  /** Handles a batch. Returns the ids of the records that failed. */
  readonly handle: (records: readonly SimulatedRecord[]) => Promise<readonly string[]>;
}

/** A queue and the event source mapping that reads it. */
export class Trigger {
  readonly #clock: VirtualClock;
  readonly #options: TriggerOptions;
  readonly #visible: SimulatedRecord[] = [];
  readonly #delays = new RetryDelays();
  readonly retryAfter = this.#delays.retryAfter;
  deadLetters = 0;
  #active = 0;
  #records = 0;
  /** Time since which messages have waited while all pollers were busy. */
  #backlogSinceMs: number | undefined;

  constructor(clock: VirtualClock, options: TriggerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Adds messages at the same time, so that they may share a batch. */
  enqueue(bodies: readonly string[], group: string): void {
    for (const body of bodies) {
      this.#records += 1;
      const id = String(this.#records);
      this.#visible.push({ id, receiptHandle: id, receiveCount: 1, group, body });
    }
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#visible.length > 0 && this.#active < this.#concurrencyLimit()) {
      void this.#handle(this.#visible.splice(0, this.#options.batchSize));
    }
    if (this.#visible.length === 0) this.#backlogSinceMs = undefined;
    else if (this.#backlogSinceMs === undefined && !this.#options.isFifo) {
      this.#backlogSinceMs = this.#clock.now();
      this.#scheduleNextPoller();
    }
  }

  #concurrencyLimit(): number {
    if (this.#options.isFifo) return 1;
    const backlogMs = this.#clock.now() - (this.#backlogSinceMs ?? this.#clock.now());
    const grown = SERVICES.pollersAtFirst + Math.floor((backlogMs / 1000) * SERVICES.pollersPerSecond);
    return Math.min(this.#options.maximumConcurrency, grown);
  }

  /** Tries again when another poller has been added. */
  #scheduleNextPoller(): void {
    this.#clock.at(this.#clock.now() + 1000 / SERVICES.pollersPerSecond, () => {
      if (this.#backlogSinceMs === undefined) return;
      this.#dispatch();
      this.#scheduleNextPoller();
    });
  }

  async #handle(records: readonly SimulatedRecord[]): Promise<void> {
    this.#active += 1;
    const failed = new Set(await this.#options.handle(records));
    this.#active -= 1;
    for (const record of records.filter(({ id }) => failed.has(id))) {
      if (record.receiveCount >= this.#options.maxReceiveCount) {
        this.deadLetters += 1;
        continue;
      }
      const delayMs = this.#delays.get(record.receiptHandle);
      this.#clock.at(this.#clock.now() + delayMs, () => {
        this.#visible.push({ ...record, receiveCount: record.receiveCount + 1 });
        this.#dispatch();
      });
    }
    this.#dispatch();
  }
}
