import { encodeFrame, SUBPROTOCOL } from "../../../protocol/frame-text.ts";
import type {
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

/** What comes of itself: of the log; or told once, or never. */
export type PushedFrame = AckFrame | EntriesFrame | JoinedFrame | ReceiptFrame | TypingPush | PresenceFrame;

export interface ConnectionListener {
  opened(): void;
  /** Fires once and last, unless the connection was closed from this side. */
  ended(cause: unknown): void;
  /** The server ends the connection for good. */
  finished(error: WireError): void;
  pushed(frame: PushedFrame): void;
  /** What the server said of entries sent on this connection. */
  refused(entryIds: readonly string[], error: WireError): void;
  /** The server may have missed pushing something. */
  resync(): void;
}

export interface ConnectionOptions extends Pick<Settings, "transport" | "clock" | "newId" | "timings"> {
  readonly url: string;
  readonly token: string;
}

/** A frame with entries, as the text that is sent. */
export interface EncodedFrame {
  readonly text: string;
  /** Ids of its entries. */
  readonly ids: readonly string[];
}

/** A frame that is answered by a `reply`, but for its `id`. */
export interface Request {
  readonly type: ClientFrame["type"];
  readonly [field: string]: unknown;
}

/** What an error without an address is about: the frame sent last. */
type Sent = { readonly request: string } | { readonly entries: readonly string[] } | "ping" | "tell";

/** One WebSocket from dialling to its end. How long it may take to open is for the one who dials to say. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #requests: PendingRequests;
  readonly #end = new AbortController();
  readonly #socket: Socket;
  #openedAtMs: number | undefined;
  #lastSent: Sent | undefined;
  #pinging = false;
  #cancelTimer: () => void = () => {};

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    const { url, token, transport, clock, timings } = options;
    this.#options = options;
    this.#listener = listener;
    this.#requests = new PendingRequests(clock, timings.replyWithinMs);
    // First, for it may throw: on a URL or a token that cannot be one.
    this.#socket = transport(url, [SUBPROTOCOL, token], {
      opened: () => this.#opened(),
      received: (text) => this.#received(text),
      closed: (cause) => this.#fail(cause),
    });
  }

  /** Aborts when the connection ends, whoever ended it. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get openForMs(): number | undefined {
    return this.#openedAtMs === undefined ? undefined : this.#options.clock.nowMs() - this.#openedAtMs;
  }

  /** Resolves to the reply's `result`; rejects with a ClientError. */
  request(frame: Request): Promise<unknown> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason);
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

  /** Sends what has no answer. */
  sendOneWay(frame: ReadFrame | DeliveredFrame | TypingFrame): void {
    this.#lastSent = "tell";
    this.#socket.send(encodeFrame(frame));
  }

  /** Asks for a sign of life, unless that is asked already; none in time ends the connection. */
  ping(): void {
    if (this.signal.aborted || this.#pinging) return;
    this.#pinging = true;
    this.#cancelTimer();
    this.#lastSent = "ping";
    this.#socket.send(encodeFrame({ type: "ping" }));
    const { clock, timings } = this.#options;
    this.#cancelTimer = clock.after(timings.pongWithinMs, () =>
      this.#fail(new Error("a ping was not answered")),
    );
  }

  /** Ends the connection without a word to the listener. */
  close(): void {
    if (this.signal.aborted) return;
    this.#cancelTimer();
    this.#socket.close();
    const lost = new ConnectionLostError();
    this.#end.abort(lost);
    this.#requests.failAll(lost);
  }

  #fail(cause: unknown): void {
    if (this.signal.aborted) return;
    this.close();
    this.#listener.ended(cause);
  }

  #opened(): void {
    this.#openedAtMs = this.#options.clock.nowMs();
    this.#alive();
    this.#listener.opened();
  }

  /** The socket has just proved to work: the next ping is due after a full interval. */
  #alive(): void {
    this.#pinging = false;
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
        if (frame.error !== undefined) this.#requests.fail(frame.id, new RefusedError(frame.error));
        else this.#requests.answer(frame.id, frame.result);
        break;
      case "pong":
        this.#alive();
        if (frame.resync) this.#listener.resync();
        break;
      case "error":
        this.#errored(frame);
        break;
      default:
        this.#listener.pushed(frame);
    }
  }

  #errored({ id, ids, error, final }: ErrorFrame): void {
    if (final) {
      this.close();
      this.#listener.finished(error);
      return;
    }
    // Nothing is wrong with the frame: the next connection comes with a new token, and sends it again.
    if (error.code === "unauthenticated") {
      this.#fail(new RefusedError(error));
      return;
    }
    const about = addressee(id, ids) ?? this.#lastSent;
    if (about === undefined || about === "tell") return;
    if (about === "ping") this.#alive();
    else if ("request" in about) this.#requests.fail(about.request, new RefusedError(error));
    else this.#listener.refused(about.entries, error);
  }
}

function addressee(id: string | undefined, ids: readonly string[] | undefined): Sent | undefined {
  if (id !== undefined) return { request: id };
  return ids && { entries: ids };
}
