import type { Log } from "../../ports/log.ts";
import type { QueueDepth } from "../../ports/queue-depth.ts";
import { errorName } from "../shared/error-name.ts";
import { laneOf } from "../shared/partition.ts";

export interface AdmissionDeps {
  readonly queueDepth: QueueDepth;
  /** Records in a lane beyond which no more are taken. */
  readonly admissionDepth: number;
  readonly now: () => number;
  readonly logger: Log;
}

/** A reading is good for so long: a flood is noticed that much later, in each warm environment. */
const READING_MS = 5_000;
/** The answer is waited for by a client, and is only an estimate. */
const TIMEOUT_MS = 500;

interface Reading {
  readonly depth: number;
  readonly validUntilMs: number;
}

export interface Admittance {
  readonly admitted: boolean;
  /** Settles, never fails, when nothing is under way any more. */
  readonly done: Promise<void>;
}

/**
 * Keeps the queues at a length that can be worked off: beyond it frames are refused at the door, which costs less and
 * says more than accepting what will be late. Not knowing the depth refuses nobody.
 */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #readings = new Map<number, Reading>();

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  /**
   * Is there room in the lane of this conversation? A lane that was far from full is read again while the frame is
   * already being published: so the reading delays no one in quiet times.
   */
  async admit(conversation: string): Promise<Admittance> {
    const { queueDepth, admissionDepth, now } = this.#deps;
    const lane = laneOf(conversation, queueDepth.lanes);
    const last = this.#readings.get(lane);
    let done: Promise<void> = Promise.resolve();
    if (last === undefined || last.validUntilMs <= now()) {
      done = this.#read(lane);
      if (last === undefined || last.depth > admissionDepth / 2) await done;
      else return { admitted: true, done };
    }
    return { admitted: (this.#readings.get(lane)?.depth ?? 0) <= admissionDepth, done };
  }

  async #read(lane: number): Promise<void> {
    const { queueDepth, now, logger } = this.#deps;
    let depth = 0;
    try {
      depth = await queueDepth.read(lane, AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      logger.warn("the depth of a lane was not read", { lane, error: errorName(error) });
    }
    this.#readings.set(lane, { depth, validUntilMs: now() + READING_MS });
  }
}
