import type { Log } from "../../ports/log.ts";
import type { QueueDepth } from "../../ports/queue-depth.ts";
import { errorName } from "../shared/error-name.ts";
import { laneOf } from "../shared/partition.ts";

export interface AdmissionDeps {
  readonly queueDepth: QueueDepth;
  /** Records a lane may hold before frames are refused. */
  readonly admissionDepth: number;
  readonly now: () => number;
  readonly logger: Log;
}

/** Validity of a reading. A flood is noticed up to this much later, in each warm environment. */
const READING_MS = 5_000;
/** A client waits for the answer, and the depth is only an estimate. */
const TIMEOUT_MS = 500;

interface Reading {
  readonly depth: number;
  readonly validUntilMs: number;
}

export interface Admittance {
  readonly admitted: boolean;
  /** Resolves when no read is pending. Never rejects. */
  readonly done: Promise<void>;
}

/**
 * Keeps the queues short enough to be worked off. Beyond the limit, frames are refused on arrival, which costs less
 * and tells the client more than accepting frames that will be late. If the depth is unknown, every frame is
 * admitted.
 */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #readings = new Map<number, Reading>();

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  /**
   * Checks if the lane of this conversation has room. A lane that was far from full is read again in parallel with
   * the publish of the frame, so the read delays nobody in quiet times.
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
      logger.warn("the depth of a lane could not be read", { lane, error: errorName(error) });
    }
    this.#readings.set(lane, { depth, validUntilMs: now() + READING_MS });
  }
}
