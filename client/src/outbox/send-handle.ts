import type { ClientError } from "../api/errors.ts";
import type { Sent } from "../api/events.ts";

/** One entry from `send` to its end. */
export interface Outgoing {
  /** The entry's id, in the log as in every event about it. */
  readonly id: string;
  /**
   * Resolves when the entry is in the log. Rejects with the RefusedError of `rejected`, or with ClosedError if the
   * client ends before the answer came. Ignoring it is fine: the events tell the same.
   */
  readonly done: Promise<Sent>;
  /** The entry's place in the log; as `done`. */
  readonly seq: Promise<number>;
}

export class PendingOutgoing implements Outgoing {
  readonly id: string;
  readonly #settle = Promise.withResolvers<Sent>();
  readonly done = this.#settle.promise;
  readonly seq = this.done.then(({ seq }) => seq);

  constructor(id: string) {
    this.id = id;
    // The `rejected` event says it too: nobody has to handle it here.
    this.seq.catch(() => {});
  }

  sent(sent: Sent): void {
    this.#settle.resolve(sent);
  }

  failed(error: ClientError): void {
    this.#settle.reject(error);
  }
}
