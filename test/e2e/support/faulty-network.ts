import {
  type Socket,
  type Transport,
  type TransportListener,
  webSocketTransport,
} from "../../../client/src/index.ts";
import type { ClientFrame, ServerFrame } from "../../../protocol/index.ts";

/** Decides about a frame: each call of `arrive` delivers it, now or later. Without a call, the frame is lost. */
type Passage<F> = (frame: F, arrive: () => void) => void;

/** A network between one client and its server. It is reliable until the test makes it fail. */
export class FaultyNetwork {
  /** Every connection the client opened, in order. */
  readonly connections: FaultyConnection[] = [];
  /** While true, new connections fail. */
  down = false;
  toServer: Passage<ClientFrame> = (_, arrive) => arrive();
  fromServer: Passage<ServerFrame> = (_, arrive) => arrive();

  readonly transport: Transport = (url, protocols, listener) => {
    const connection = new FaultyConnection(this, listener);
    this.connections.push(connection);
    if (this.down) queueMicrotask(() => connection.cut());
    else connection.open(url, protocols);
    return connection;
  };

  get last(): FaultyConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("the client has not opened a connection");
    return connection;
  }

  /** Every frame the client sent, whether or not it arrived, as text. */
  get sent(): string[] {
    return this.connections.flatMap(({ sent }) => sent);
  }

  cut(): void {
    for (const connection of this.connections) connection.cut();
  }
}

class FaultyConnection implements Socket {
  readonly openedAtMs = performance.now();
  readonly sent: string[] = [];
  /** While true, nothing gets through, and neither side notices. */
  frozen = false;
  /** True once the client closed it, or it was cut. */
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
