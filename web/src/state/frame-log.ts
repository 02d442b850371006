import { type Socket, type Transport, webSocketTransport } from "../../../client/src/index.ts";
import { entryIdsOf, frameTypeOf } from "../../../wiring/entry-ids.ts";
import { Signal } from "./signal.ts";

/** A frame, or the opening or closing of a socket, on the WebSockets of this tab. */
export interface LoggedFrame {
  /** Ascending in the order of the log. */
  readonly id: number;
  readonly atMs: number;
  /** Number of the socket in this tab, from 1. Two are open for a moment while one replaces the other. */
  readonly socket: number;
  readonly event: "opened" | "closed" | "sent" | "received";
  /** URL of the socket, if it opened. */
  readonly url?: string;
  /** The frame as sent on the wire; undefined for a socket event. */
  readonly text?: string;
  /** Type of the frame. */
  readonly type?: string;
  /** Ids of the entries in the frame. */
  readonly entries: readonly string[];
}

const MAX_FRAMES = 300;

/** Log of the newest 300 frames of this tab's connections, newest last. */
export class FrameLog {
  readonly frames = new Signal<readonly LoggedFrame[]>([]);
  #socketCount = 0;
  #lastId = 0;

  /** The platform's WebSocket, with every frame logged. */
  readonly transport: Transport = (url, protocols, listener) => {
    this.#socketCount += 1;
    const socket = this.#socketCount;
    let isOpen = false;
    const logClosed = () => {
      if (isOpen) this.#append(socket, "closed");
      isOpen = false;
    };
    const inner: Socket = webSocketTransport(url, protocols, {
      opened: () => {
        isOpen = true;
        this.#append(socket, "opened", { url });
        listener.opened();
      },
      received: (text) => {
        this.#append(socket, "received", parseFrame(text));
        listener.received(text);
      },
      closed: (cause) => {
        logClosed();
        listener.closed(cause);
      },
    });
    return {
      send: (text) => {
        this.#append(socket, "sent", parseFrame(text));
        inner.send(text);
      },
      close: () => {
        logClosed();
        inner.close();
      },
    };
  };

  #append(socket: number, event: LoggedFrame["event"], details: Partial<LoggedFrame> = {}): void {
    this.#lastId += 1;
    const frame: LoggedFrame = { id: this.#lastId, atMs: Date.now(), socket, event, entries: [], ...details };
    this.frames.set([...this.frames.getSnapshot().slice(1 - MAX_FRAMES), frame]);
  }
}

function parseFrame(text: string): Pick<LoggedFrame, "text" | "type" | "entries"> {
  return { text, type: frameTypeOf(text), entries: entryIdsOf(text) };
}
