import { type Socket, type Transport, webSocketTransport } from "../../../client/src/index.ts";
import { entryIdsOf, frameTypeOf } from "../../../wiring/entry-ids.ts";
import { Signal } from "./signal.ts";

/** Something that happened on a WebSocket of this tab. */
export interface LoggedFrame {
  /** Ascending. */
  readonly id: number;
  readonly atMs: number;
  /** Sockets of this tab, counted from 1: there are two for a moment when one replaces the other. */
  readonly socket: number;
  readonly what: "opened" | "closed" | "sent" | "received";
  /** Of a socket that opened. */
  readonly url?: string;
  /** Of frames: as it was on the wire, its type, and the ids of the entries in it. */
  readonly text?: string;
  readonly type?: string;
  readonly entries: readonly string[];
}

const KEPT = 300;

/** The frames of this tab's connections, newest last. */
export class FrameLog {
  readonly frames = new Signal<readonly LoggedFrame[]>([]);
  #sockets = 0;
  #count = 0;

  /** The platform's WebSocket, watched. */
  readonly transport: Transport = (url, protocols, listener) => {
    this.#sockets += 1;
    const socket = this.#sockets;
    let isOpen = false;
    const closed = () => {
      if (isOpen) this.#note(socket, "closed");
      isOpen = false;
    };
    const inner: Socket = webSocketTransport(url, protocols, {
      opened: () => {
        isOpen = true;
        this.#note(socket, "opened", { url });
        listener.opened();
      },
      received: (text) => {
        this.#note(socket, "received", read(text));
        listener.received(text);
      },
      closed: (cause) => {
        closed();
        listener.closed(cause);
      },
    });
    return {
      send: (text) => {
        this.#note(socket, "sent", read(text));
        inner.send(text);
      },
      close: () => {
        closed();
        inner.close();
      },
    };
  };

  #note(socket: number, what: LoggedFrame["what"], more: Partial<LoggedFrame> = {}): void {
    this.#count += 1;
    const frame: LoggedFrame = { id: this.#count, atMs: Date.now(), socket, what, entries: [], ...more };
    this.frames.set([...this.frames.getSnapshot().slice(1 - KEPT), frame]);
  }
}

function read(text: string): Pick<LoggedFrame, "text" | "type" | "entries"> {
  return { text, type: frameTypeOf(text), entries: entryIdsOf(text) };
}
