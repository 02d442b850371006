import type { VirtualClock } from "./clock.ts";
import { SERVICES } from "./services.ts";

/** One execution environment: its share of a CPU, which one thread uses, and its connections to API Gateway. */
export class Environment {
  /** What the adapter keeps between invocations: conversations known to be large. */
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

  /** Computes for so long, at one vCPU; one thing after the other. */
  async compute(ms: number): Promise<void> {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#clock.now()) + ms * this.#slowness;
    await this.#clock.sleep(this.#busyUntilMs - this.#clock.now());
  }

  /** Holds a connection to API Gateway meanwhile. */
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

/** A Lambda function: environments are kept, and made when none is idle. */
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

/** A record as a function gets it. */
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
  /** Then a record goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /** One conversation: its next batch comes when the one before is done. */
  readonly isFifo: boolean;
  /** Returns the ids of the records that failed. */
  readonly handle: (records: readonly SimulatedRecord[]) => Promise<readonly string[]>;
}

/** A queue and the event source mapping that reads it. */
export class Trigger {
  readonly #clock: VirtualClock;
  readonly #options: TriggerOptions;
  readonly #visible: SimulatedRecord[] = [];
  readonly #delays = new Map<string, number>();
  deadLetters = 0;
  #active = 0;
  #records = 0;
  /** Since when messages have been left while all pollers were busy. */
  #backlogSinceMs: number | undefined;

  constructor(clock: VirtualClock, options: TriggerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Messages that are there at the same time may be in the same batch. */
  enqueue(bodies: readonly string[], group: string): void {
    for (const body of bodies) {
      this.#records += 1;
      const id = String(this.#records);
      this.#visible.push({ id, receiptHandle: id, receiveCount: 1, group, body });
    }
    this.#dispatch();
  }

  /** As ports/record-queue.ts promises. */
  readonly retryAfter = async (handles: readonly string[], delaySeconds: number): Promise<void> => {
    for (const handle of handles) this.#delays.set(handle, delaySeconds * 1000);
  };

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

  /** There is another poller. */
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
      const delayMs = this.#delays.get(record.receiptHandle) ?? SERVICES.visibilityMs;
      this.#clock.at(this.#clock.now() + delayMs, () => {
        this.#visible.push({ ...record, receiveCount: record.receiveCount + 1 });
        this.#dispatch();
      });
    }
    this.#dispatch();
  }
}
