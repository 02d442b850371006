import type { SentStatus } from "./conversation-info.ts";
import type { ClientError } from "./errors.ts";
import type { Sent } from "./events.ts";
import type { Observable } from "./observable.ts";

/**
 * - `queued`: waits to be sent, or for its answer
 * - `sent`: in the log
 * - `delivered`, `read`: by all others, in conversations of at most 32 members
 * - `failed`: refused, or the client was closed: it may be in the log only in the latter case
 */
export type SendingState = "queued" | SentStatus | "failed";

export interface Sending extends Observable<SendingState> {
  /** The entry's id, in the log as in every event about it. */
  readonly id: string;
  readonly state: SendingState;
  /**
   * Resolves when the entry is in the log. Rejects with the RefusedError of `rejected`, or with ClosedError if the
   * client ends before the answer came. Ignoring it is fine: the events tell the same.
   */
  readonly done: Promise<Sent>;
  /** The entry's place in the log; as `done`. */
  readonly seq: Promise<number>;
}

export interface SendingHost {
  status(sent: Sent): SentStatus;
  /** Calls whenever something has changed that may be of interest. Returns how to stop. */
  watch(listener: () => void): () => void;
}

/** One entry from `send` to its end. */
export class PendingSending implements Sending {
  readonly id: string;
  readonly done: Promise<Sent>;
  readonly seq: Promise<number>;
  readonly #host: SendingHost;
  readonly #settle = Promise.withResolvers<Sent>();
  #end: Sent | "failed" | undefined;

  constructor(id: string, host: SendingHost) {
    this.id = id;
    this.#host = host;
    this.done = this.#settle.promise;
    this.seq = this.done.then(({ seq }) => seq);
    // The `rejected` event says it too: nobody has to handle it here.
    for (const promise of [this.done, this.seq]) promise.catch(() => {});
  }

  get state(): SendingState {
    if (this.#end === undefined || this.#end === "failed") return this.#end ?? "queued";
    return this.#host.status(this.#end);
  }

  readonly getSnapshot = (): SendingState => this.state;

  readonly subscribe = (listener: (state: SendingState) => void): (() => void) => {
    let last = this.state;
    listener(last);
    return this.#host.watch(() => {
      if (this.state === last) return;
      last = this.state;
      listener(last);
    });
  };

  sent(sent: Sent): void {
    this.#end = sent;
    this.#settle.resolve(sent);
  }

  failed(error: ClientError): void {
    this.#end = "failed";
    this.#settle.reject(error);
  }
}
