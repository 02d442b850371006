import { type BatchDeps, commitBatch } from "../../../functions/core/commit/batch.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Choose, Interleaving, Step } from "../../support/interleaving.ts";

/** Batch size of a FIFO trigger. */
const BATCH = 10;

/**
 * One message group of the entries queue. One batch is in flight at a time, a prefix of the waiting frames. Failed
 * frames, and those whose visibility timeout expires, are delivered again.
 */
export class FifoGroup {
  readonly #group: string;
  readonly #choose: Choose;
  readonly #interleaving: Interleaving;
  readonly #depsFor: (step: Step) => BatchDeps;
  #queue: PublishedFrame[] = [];
  #inFlight: { batch: PublishedFrame[] } | undefined;

  constructor(group: string, choose: Choose, tasks: Interleaving, depsFor: (step: Step) => BatchDeps) {
    this.#group = group;
    this.#choose = choose;
    this.#interleaving = tasks;
    this.#depsFor = depsFor;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  send(frame: PublishedFrame): void {
    this.#queue.push(frame);
  }

  /** Expires the visibility timeout, even if the batch is still being worked on. */
  timeOut(): void {
    this.#inFlight = undefined;
  }

  receive(): void {
    if (this.#inFlight !== undefined || this.#queue.length === 0) return;
    const batch = this.#queue.slice(0, 1 + this.#choose(BATCH));
    const inFlight = { batch };
    this.#inFlight = inFlight;
    const work = async (step: Step) => {
      const records = batch.map((frame) => ({
        id: frame.frame,
        receiptHandle: frame.frame,
        group: this.#group,
        body: JSON.stringify(frame),
        receiveCount: 1,
      }));
      const failed = await commitBatch(this.#depsFor(step), records);
      await step("delete");
      // An expired receipt handle deletes nothing.
      if (this.#inFlight !== inFlight) return;
      this.#queue = this.#queue.filter((frame) => !batch.includes(frame) || failed.includes(frame.frame));
      this.#inFlight = undefined;
    };
    this.#interleaving.start(work, () => undefined);
  }
}
