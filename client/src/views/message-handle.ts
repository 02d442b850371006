import type { SendHandle } from "../api/core-client.ts";
import type { ClientError } from "../api/errors.ts";
import type { Sent } from "../api/events.ts";
import { PendingSend } from "../outbox/send-handle.ts";
import type { SentStatus } from "./conversation-info.ts";
import type { Observable } from "./observable.ts";

/**
 * - `queued`: waits to be sent, or for its answer
 * - `sent`: in the log
 * - `delivered`, `read`: by all others, in conversations of at most 32 members
 * - `failed`: refused, or the client was closed: it may be in the log only in the latter case
 */
export type MessageState = "queued" | SentStatus | "failed";

export interface MessageHandle extends SendHandle, Observable<MessageState> {
  readonly state: MessageState;
}

export interface MessageHandleHost {
  progress(sent: Sent): SentStatus;
  /** Calls whenever something has changed that may be of interest. Returns how to stop. */
  listen(listener: () => void): () => void;
}

/** What is on its way, and how far it has come. */
export class PendingMessage extends PendingSend implements MessageHandle {
  readonly #host: MessageHandleHost;
  #end: Sent | "failed" | undefined;

  constructor(id: string, host: MessageHandleHost) {
    super(id);
    this.#host = host;
  }

  get state(): MessageState {
    if (this.#end === undefined || this.#end === "failed") return this.#end ?? "queued";
    return this.#host.progress(this.#end);
  }

  readonly getSnapshot = (): MessageState => this.state;

  readonly subscribe = (listener: (state: MessageState) => void): (() => void) => {
    let last = this.state;
    listener(last);
    return this.#host.listen(() => {
      if (this.state === last) return;
      last = this.state;
      listener(last);
    });
  };

  override sent(sent: Sent): void {
    this.#end = sent;
    super.sent(sent);
  }

  override failed(error: ClientError): void {
    this.#end = "failed";
    super.failed(error);
  }
}
