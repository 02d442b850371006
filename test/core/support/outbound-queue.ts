import { type DeliverDeps, deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import type { Choose, Interleaving, Step } from "../../support/interleaving.ts";

/** Most records of a batch. */
const BATCH = 2;

/**
 * The outbound queue of a simulation, and the real `deliverBatch` behind it. It loses no delivery, may be late by any
 * time and in any order, and hands out again what failed, or whose worker died.
 */
export class OutboundQueue {
  readonly #choose: Choose;
  readonly #interleaving: Interleaving;
  readonly #depsFor: (step: Step) => DeliverDeps;
  #waiting: string[] = [];

  constructor(choose: Choose, interleaving: Interleaving, depsFor: (step: Step) => DeliverDeps) {
    this.#choose = choose;
    this.#interleaving = interleaving;
    this.#depsFor = depsFor;
  }

  send(delivery: Delivery): void {
    this.#enqueue([JSON.stringify(delivery)]);
  }

  #enqueue(bodies: readonly string[]): void {
    this.#waiting.push(...bodies);
    for (const _ of bodies) this.#receiveLater();
  }

  #receiveLater(): void {
    let taken: string[] = [];
    const work = async (step: Step) => {
      await step("receive");
      const count = 1 + this.#choose(BATCH);
      taken = Array.from({ length: count }).flatMap(() =>
        this.#waiting.splice(this.#choose(Math.max(1, this.#waiting.length)), 1),
      );
      const records = taken.map((body, id) => ({
        id: String(id),
        receiptHandle: "r",
        receiveCount: 1,
        body,
      }));
      const failed = await deliverBatch(this.#depsFor(step), records);
      this.#enqueue(failed.flatMap((id) => taken[Number(id)] ?? []));
    };
    // A worker that dies before it has received anything leaves its turn to another.
    this.#interleaving.start(work, () => (taken.length > 0 ? this.#enqueue(taken) : this.#receiveLater()));
  }
}
