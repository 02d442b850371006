import type { SendHandle } from "../api/core-client.ts";
import type { ClientError } from "../api/errors.ts";
import type { Sent } from "../api/events.ts";

export class PendingSend implements SendHandle {
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
