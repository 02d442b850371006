import type { SendHandle } from "../api/core-client.ts";
import type { ClientError } from "../api/errors.ts";
import type { Sent } from "../api/events.ts";
import { PendingSend } from "../outbox/send-handle.ts";
import type { SentStatus } from "./conversation-info.ts";
import type { Observable } from "./observable.ts";

/**
 * - `queued`: not sent yet, or not acknowledged yet
 * - `sent`: in the log
 * - `delivered`, `read`: received or read by all other members, in conversations of at most 32 members
 * - `failed`: refused, or the client was closed; in the latter case it may still be in the log
 */
export type MessageState = "queued" | SentStatus | "failed";

export interface MessageHandle extends SendHandle, Observable<MessageState> {
  readonly state: MessageState;
}

export interface MessageHandleHost {
  sentStatus(sent: Sent): SentStatus;
  /** Calls the listener whenever a status may have changed. Returns a function that stops it. */
  onChange(listener: () => void): () => void;
}

/** The handle of a message, with its state as an observable. */
export class PendingMessage extends PendingSend implements MessageHandle {
  readonly #host: MessageHandleHost;
  #end: Sent | "failed" | undefined;

  constructor(id: string, host: MessageHandleHost) {
    super(id);
    this.#host = host;
  }

  get state(): MessageState {
    if (this.#end === undefined || this.#end === "failed") return this.#end ?? "queued";
    return this.#host.sentStatus(this.#end);
  }

  readonly getSnapshot = (): MessageState => this.state;

  readonly subscribe = (listener: (state: MessageState) => void): (() => void) => {
    let last = this.state;
    listener(last);
    return this.#host.onChange(() => {
      if (this.state === last) return;
      last = this.state;
      listener(last);
    });
  };

  override resolve(sent: Sent): void {
    this.#end = sent;
    super.resolve(sent);
  }

  override reject(error: ClientError): void {
    this.#end = "failed";
    super.reject(error);
  }
}
