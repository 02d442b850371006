import type { SendHandle } from "../api/core-client.ts";
import type { ClientError } from "../api/errors.ts";
import type { Sent } from "../api/events.ts";
import { deferred } from "../util/deferred.ts";

/** A send handle together with the methods that complete it. */
export class PendingSend implements SendHandle {
  readonly id: string;
  readonly #result = deferred<Sent>();
  readonly done = this.#result.promise;
  readonly seq = this.done.then(({ seq }) => seq);
  readonly #storing = deferred<void>();
  readonly stored = this.#storing.promise;
  readonly markStored = this.#storing.resolve;

  constructor(id: string) {
    this.id = id;
    // The event `rejected` reports it too, so an unhandled rejection must not surface.
    this.seq.catch(() => {});
  }

  resolve(sent: Sent): void {
    this.markStored();
    this.#result.resolve(sent);
  }

  reject(error: ClientError): void {
    this.#result.reject(error);
  }
}
