import { WebSocket } from "ws";
import type { Cloud } from "../../local/cloud-options.ts";
import { SUBPROTOCOL } from "../../protocol/index.ts";

/** The parts of a server's frame that a bench reads. Frames that this version does not know are read too. */
export interface ReceivedFrame {
  readonly type: string;
  readonly conversation?: string;
  readonly epoch?: number;
  readonly entries?: readonly { readonly id: string; readonly seq?: number }[];
  readonly ids?: readonly string[];
  readonly error?: { readonly code: string };
  /** Connection that the floor function names. */
  readonly connection?: string;
}

/** A connection that keeps no frames, because memory is measured in this process. */
export class Socket {
  readonly #socket: WebSocket;
  #listener: (frame: ReceivedFrame) => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#listener(JSON.parse(String(data)) as ReceivedFrame));
  }

  static async open(cloud: Cloud, user: string): Promise<Socket> {
    const response = await fetch(`${cloud.url}/token`, { method: "POST", body: JSON.stringify({ user }) });
    const { token, url } = (await response.json()) as { token: string; url: string };
    const socket = new WebSocket(url, [SUBPROTOCOL, token]);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new Socket(socket);
  }

  /** Replaces the listener. */
  listen(listener: (frame: ReceivedFrame) => void): void {
    this.#listener = listener;
  }

  onClose(listener: () => void): void {
    this.#socket.once("close", listener);
  }

  send(frame: object): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Sends a frame and resolves with the first frame of this type. */
  request(frame: object, type: string): Promise<ReceivedFrame> {
    return new Promise((resolve) => {
      this.listen((received) => received.type === type && resolve(received));
      this.send(frame);
    });
  }
}
