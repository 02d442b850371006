import {
  type Socket,
  type Transport,
  type TransportListener,
  webSocketTransport,
} from "../../../client/src/index.ts";
import type { ClientFrame, ServerFrame } from "../../../protocol/index.ts";

/** What becomes of a frame: `arrive` lets it arrive, now or later, and as often as it is called. */
type Fate<F> = (frame: F, arrive: () => void) => void;

/** A network between one client and its server that fails as the test says; until then it does not. */
export class FaultyNetwork {
  /** Every connection the client dialled, in order. */
  readonly lines: Line[] = [];
  /** Whoever dials hears that it failed. */
  down = false;
  toServer: Fate<ClientFrame> = (_, arrive) => arrive();
  fromServer: Fate<ServerFrame> = (_, arrive) => arrive();

  readonly transport: Transport = (url, protocols, listener) => {
    const line = new Line(this, listener);
    this.lines.push(line);
    if (this.down) queueMicrotask(() => line.cut());
    else line.open(url, protocols);
    return line;
  };

  get last(): Line {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error("the client has not dialled");
    return line;
  }

  /** Every frame the client sent, whether or not it arrived, as text. */
  get sent(): string[] {
    return this.lines.flatMap(({ sent }) => sent);
  }

  cut(): void {
    for (const line of this.lines) line.cut();
  }
}

class Line implements Socket {
  readonly dialledAtMs = performance.now();
  readonly sent: string[] = [];
  /** Nothing gets through any more, and neither side is told. */
  frozen = false;
  /** The client has let go of it, or it was cut. */
  ended = false;
  readonly #network: FaultyNetwork;
  readonly #listener: TransportListener;
  #socket: Socket | undefined;

  constructor(network: FaultyNetwork, listener: TransportListener) {
    this.#network = network;
    this.#listener = listener;
  }

  open(url: string, protocols: readonly string[]): void {
    const { opened, received, closed } = this.#listener;
    this.#socket = webSocketTransport(url, protocols, {
      opened: () => this.#pass(opened),
      received: (text) => this.#network.fromServer(JSON.parse(text), () => this.#pass(() => received(text))),
      closed: (cause) => this.#pass(() => closed(cause)),
    });
  }

  send(text: string): void {
    this.sent.push(text);
    this.#network.toServer(JSON.parse(text), () => this.#pass(() => this.#socket?.send(text)));
  }

  close(): void {
    this.ended = true;
    this.#socket?.close();
  }

  cut(): void {
    if (this.ended) return;
    this.close();
    this.#listener.closed(new Error("cut"));
  }

  #pass(event: () => void): void {
    if (!this.frozen && !this.ended) event();
  }
}
