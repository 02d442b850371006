import { encodeFrame, SUBPROTOCOL } from "../../../protocol/frame-text.ts";
import type {
  AcceptedFrame,
  AckFrame,
  ClientFrame,
  DeliveredFrame,
  EntriesFrame,
  ErrorFrame,
  JoinedFrame,
  PresenceFrame,
  ReadFrame,
  ReceiptFrame,
  TypingFrame,
  TypingPush,
  WireError,
} from "../../../protocol/index.ts";
import { ConnectionLostError, RefusedError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import type { Socket } from "../api/transport.ts";
import { readFrame } from "./decode.ts";
import { PendingRequests } from "./pending-requests.ts";

/** A frame the server sends unasked: about the log, or an ephemeral one that is sent once at most. */
export type PushedFrame =
  | AckFrame
  | AcceptedFrame
  | EntriesFrame
  | JoinedFrame
  | ReceiptFrame
  | TypingPush
  | PresenceFrame;

export interface ConnectionListener {
  opened(): void;
  /** Called once and last, unless the client closed the connection. */
  ended(cause: unknown): void;
  /** The server ended the connection and does not want this client back. */
  finished(error: WireError): void;
  pushed(frame: PushedFrame): void;
  /** The server refused entries that were sent on this connection. */
  refused(entryIds: readonly string[], error: WireError): void;
  /** The server may have failed to push something; a sync is needed. */
  resync(): void;
}

export interface ConnectionOptions extends Pick<Settings, "transport" | "clock" | "newId" | "timings"> {
  readonly url: string;
  readonly token: string;
}

/** A frame that the server does not answer. */
export type OneWayFrame = ReadFrame | DeliveredFrame | TypingFrame;

/** A frame with entries, as the text that is sent. */
export interface EncodedFrame {
  readonly text: string;
  /** Ids of its entries. */
  readonly ids: readonly string[];
}

/** A frame that is answered by a `reply`, without its `id`. */
export interface Request {
  readonly type: ClientFrame["type"];
  readonly [field: string]: unknown;
}

/** The frame that an error refers to. An error without ids refers to the frame sent last. */
type SentFrame = { readonly request: string } | { readonly entries: readonly string[] } | "ping" | "one-way";

/** One WebSocket from opening to its end. The caller limits the time it may take to open. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #requests: PendingRequests;
  readonly #end = new AbortController();
  readonly #socket: Socket;
  #hasOpened = false;
  #lastSent: SentFrame | undefined;
  /** When the pong of the ping under way is due; infinite if there is none. */
  #pongDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => {};

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    const { url, token, transport, clock, timings } = options;
    this.#options = options;
    this.#listener = listener;
    this.#requests = new PendingRequests(clock, timings.replyWithinMs);
    // Nothing needs cleaning up if this throws, as it does for an invalid URL or token.
    this.#socket = transport(url, [SUBPROTOCOL, token], {
      opened: () => this.#opened(),
      received: (text) => this.#received(text),
      closed: (cause) => this.#fail(cause),
    });
  }

  /** Aborts when the connection ends, on either side. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  /** Sends a request. Resolves to the `result` of its reply; rejects with a ClientError. */
  request(frame: Request): Promise<unknown> {
    if (this.signal.aborted) return Promise.reject(new ConnectionLostError());
    const id = this.#options.newId();
    const reply = this.#requests.wait(id);
    this.#lastSent = { request: id };
    this.#socket.send(encodeFrame({ ...frame, id } as ClientFrame));
    return reply;
  }

  sendEntries(frame: EncodedFrame): void {
    this.#lastSent = { entries: frame.ids };
    this.#socket.send(frame.text);
  }

  /** Sends a frame that the server does not answer. */
  sendOneWay(frame: OneWayFrame): void {
    this.#lastSent = "one-way";
    this.#socket.send(encodeFrame(frame));
  }

  /**
   * Pings the server, unless a ping is under way. The connection ends if no pong arrives in time.
   *
   * @param withinMs a shorter time, for a ping under way too
   */
  ping(withinMs = this.#options.timings.pongWithinMs): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    // A pong that is overdue was due while the device slept, and its timer is late.
    const isDueSooner = this.#pongDueMs > nowMs && this.#pongDueMs <= nowMs + withinMs;
    if (this.signal.aborted || isDueSooner) return;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(withinMs, () => this.#fail(new Error("no reply to a ping")));
    const isUnderWay = this.#pongDueMs < Number.POSITIVE_INFINITY;
    this.#pongDueMs = nowMs + withinMs;
    if (isUnderWay) return;
    this.#lastSent = "ping";
    this.#socket.send(encodeFrame({ type: "ping" }));
  }

  /** Ends the connection without calling the listener. */
  close(): void {
    if (this.signal.aborted) return;
    this.#cancelTimer();
    this.#socket.close();
    this.#end.abort();
    this.#requests.rejectAll(new ConnectionLostError());
  }

  #fail(cause: unknown): void {
    if (this.signal.aborted) return;
    this.close();
    this.#listener.ended(cause);
  }

  #opened(): void {
    this.#hasOpened = true;
    this.#confirmAlive();
    this.#listener.opened();
  }

  /** Notes that the socket works: the next ping is due after a full interval. */
  #confirmAlive(): void {
    this.#pongDueMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
    const { clock, timings } = this.#options;
    this.#cancelTimer = clock.after(timings.pingEveryMs, () => this.ping());
  }

  #received(text: string): void {
    const frame = readFrame(text);
    if (frame === undefined) return;
    switch (frame.type) {
      case "reject":
        this.#listener.refused(frame.ids, frame.error);
        break;
      case "reply":
        if (frame.error !== undefined) this.#requests.reject(frame.id, new RefusedError(frame.error));
        else this.#requests.resolve(frame.id, frame.result);
        break;
      case "pong":
        this.#confirmAlive();
        if (frame.resync) this.#listener.resync();
        break;
      case "error":
        this.#errorReceived(frame);
        break;
      default:
        this.#listener.pushed(frame);
    }
  }

  #errorReceived({ id, ids, error, final }: ErrorFrame): void {
    if (final) {
      this.close();
      this.#listener.finished(error);
      return;
    }
    // The token expired, the frame is fine: the next connection has a new token and sends it again.
    if (error.code === "unauthenticated") {
      this.#fail(new RefusedError(error));
      return;
    }
    const failed = failedFrame(id, ids) ?? this.#lastSent;
    if (failed === undefined || failed === "one-way") return;
    if (failed === "ping") this.#confirmAlive();
    else if ("request" in failed) this.#requests.reject(failed.request, new RefusedError(error));
    else this.#listener.refused(failed.entries, error);
  }
}

function failedFrame(id: string | undefined, ids: readonly string[] | undefined): SentFrame | undefined {
  if (id !== undefined) return { request: id };
  return ids && { entries: ids };
}
