import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ConnectionFacts, PostResult, WebSocketApi } from "./api.ts";
import { disconnectEvent } from "./events.ts";
import { FrameSizes } from "./frame-sizes.ts";
import { integrate } from "./integration.ts";
import { routeMessage } from "./route-message.ts";

/** Close codes of API Gateway; it has no others. */
const CLOSE = { normal: 1000, goingAway: 1001, binary: 1003, tooLarge: 1009 } as const;

/** One open connection: its limits, its messages to the functions, and posts to it. */
export class Connection {
  readonly facts: ConnectionFacts;
  /** Settles when the socket is closed and `$disconnect` has run. */
  readonly ended: Promise<void>;
  readonly #api: WebSocketApi;
  readonly #socket: WebSocket;
  readonly #idle: NodeJS.Timeout;
  readonly #duration: NodeJS.Timeout;
  #lastActiveAtMs: number;

  constructor(api: WebSocketApi, facts: ConnectionFacts, socket: WebSocket, transport: Duplex) {
    this.#api = api;
    this.facts = facts;
    this.#socket = socket;
    this.#lastActiveAtMs = api.clock.now();
    this.#idle = setTimeout(() => this.#end(CLOSE.goingAway, "Idle"), api.limits.idleTimeoutMs);
    this.#duration = setTimeout(
      () => this.#end(CLOSE.goingAway, "Too long"),
      api.limits.connectionDurationMs,
    );
    this.#listen(transport);
    this.ended = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve(this.#disconnected(code, reason.toString())));
    });
    api.connections.set(facts.connectionId, this);
  }

  get lastActiveAtMs(): number {
    return this.#lastActiveAtMs;
  }

  /** One text message. Never more than `outgoingBufferBytes` waits for a client that does not read. */
  post(text: string): PostResult {
    if (this.#socket.readyState !== this.#socket.OPEN) return "gone";
    if (this.#socket.bufferedAmount > this.#api.limits.outgoingBufferBytes) return "buffer full";
    this.#touch();
    this.#socket.send(text);
    return "sent";
  }

  /** Closes as `DeleteConnection` does. */
  close(): void {
    this.#end(CLOSE.normal, "");
  }

  /** Closes because the gateway goes away. */
  goAway(): void {
    this.#end(CLOSE.goingAway, "Going away");
  }

  /** Ends the socket of a client that does not answer the close. */
  terminate(): void {
    this.#socket.terminate();
  }

  #listen(transport: Duplex): void {
    const { limits, frameJitterMs } = this.#api;
    const sizes = new FrameSizes(limits.frameBytes);
    let received = 0;
    // Before `ws` reads the bytes we know whether a frame is too large; after it has, the messages complete before
    // that frame are on their way, and the connection can be closed.
    transport.prependListener("data", (chunk: Buffer) => {
      this.#touch();
      sizes.read(chunk);
    });
    transport.on("data", () => {
      if (sizes.exceeded) this.#end(CLOSE.tooLarge, "Frame too large");
    });
    this.#socket.on("message", (data, isBinary) => {
      if (received++ >= sizes.acceptedMessages || this.#socket.readyState !== this.#socket.OPEN) return;
      if (isBinary) return this.#end(CLOSE.binary, "Binary messages are not supported");
      const text = data.toString();
      if (frameJitterMs === 0) void routeMessage(this.#api, this, text);
      else setTimeout(() => void routeMessage(this.#api, this, text), Math.random() * frameJitterMs);
    });
    // `ws` has closed the connection with the fitting code: 1009 for a message, 1002 or 1007 for what is no WebSocket.
    this.#socket.on("error", () => this.#forget());
  }

  /** Any frame, either way, counts as activity. */
  #touch(): void {
    this.#lastActiveAtMs = this.#api.clock.now();
    this.#idle.refresh();
  }

  #end(code: number, reason: string): void {
    this.#forget();
    this.#socket.close(code, reason);
  }

  /** From now on posts to it get 410. */
  #forget(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#duration);
    this.#api.connections.delete(this.facts.connectionId);
  }

  async #disconnected(statusCode: number, reason: string): Promise<void> {
    this.#forget();
    await runDisconnect(this.#api, this.facts, { statusCode, reason });
  }
}

/** Best effort, as at AWS: a failure is logged and not repeated. */
export async function runDisconnect(
  api: WebSocketApi,
  facts: ConnectionFacts,
  end: { readonly statusCode: number; readonly reason: string },
): Promise<void> {
  const route = api.routes.$disconnect;
  if (route === undefined) return;
  try {
    await integrate(api, route.function, disconnectEvent(api, facts, end));
  } catch (error) {
    api.log(`$disconnect of ${facts.connectionId} failed: ${String(error)}`);
  }
}
