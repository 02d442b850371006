import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ConnectionFacts, OpenConnection, PostResult, WebSocketApi } from "./api.ts";
import { disconnectEvent } from "./events.ts";
import { FrameSizes } from "./frame-sizes.ts";
import { integrate } from "./integration.ts";
import { routeMessage } from "./route-message.ts";

/** The close codes of API Gateway. */
const CLOSE = { normal: 1000, goingAway: 1001, binary: 1003, tooLarge: 1009 } as const;

/** Routes the messages of one socket to functions, takes posts to it, and enforces the limits of a connection. */
export class Connection implements OpenConnection {
  readonly facts: ConnectionFacts;
  /** Resolves when the socket is closed and `$disconnect` has run. */
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

  post(text: string): PostResult {
    if (this.#socket.readyState !== this.#socket.OPEN) return "gone";
    if (this.#socket.bufferedAmount > this.#api.limits.outgoingBufferBytes) return "buffer full";
    this.#touch();
    this.#socket.send(text);
    return "sent";
  }

  close(): void {
    this.#end(CLOSE.normal, "");
  }

  /** Closes the connection because its gateway stops. */
  goAway(): void {
    this.#end(CLOSE.goingAway, "Going away");
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #listen(transport: Duplex): void {
    const { limits, frameJitterMs } = this.#api;
    const sizes = new FrameSizes(limits.frameBytes);
    let received = 0;
    // We see the bytes before `ws` does, and so know about a frame that is too large in time. We close the connection
    // after `ws` has read them, when the messages completed before that frame have been routed.
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
    // `ws` has closed the connection: with 1009 for a large message, with 1002 or 1007 for a violation of the protocol.
    this.#socket.on("error", () => this.#forget());
  }

  /** Called for every frame, in either direction: each counts as activity. */
  #touch(): void {
    this.#lastActiveAtMs = this.#api.clock.now();
    this.#idle.refresh();
  }

  #end(code: number, reason: string): void {
    this.#forget();
    this.#socket.close(code, reason);
  }

  /** Removes the connection from the API, so that posts to it get 410. */
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

/** Runs the `$disconnect` route. Best effort, as on AWS: a failure is logged and not retried. */
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
