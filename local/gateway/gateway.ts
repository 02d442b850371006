import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { refusalOf } from "../http/access.ts";
import { LOOPBACK, listen } from "../http/listen.ts";
import { type ConnectionFacts, newConnectionId, type WebSocketApi } from "./api.ts";
import { authorize } from "./authorizer.ts";
import { Connection, runDisconnect } from "./connection.ts";
import { connectEvent } from "./events.ts";
import { readHandshake } from "./handshake-request.ts";
import { integrate } from "./integration.ts";

/** Time that clients get to answer the close of a stopping gateway. */
const CLOSE_GRACE_MS = 500;
const ABNORMAL_CLOSURE = 1006;

type Admission =
  | { readonly facts: ConnectionFacts; readonly subprotocol: string | undefined }
  | { readonly refused: number };

/** One instance of the WebSocket endpoint, on its own port. The others keep serving while it is stopped. */
export class Gateway {
  readonly name: string;
  readonly #api: WebSocketApi;
  readonly #open = new Set<Connection>();
  readonly #handshakes = new Set<Duplex>();
  /** The subprotocols that `$connect` returned, for `ws` to echo. */
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #sockets: WebSocketServer;
  #port: number;
  #server: Server | undefined;

  /** @param port 0 for any free port, chosen at the first start and kept for later ones */
  constructor(api: WebSocketApi, name: string, port: number) {
    this.#api = api;
    this.name = name;
    this.#port = port;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: api.limits.messageBytes,
      handleProtocols: (_offered, request) => this.#subprotocols.get(request) ?? false,
    });
  }

  get url(): string {
    return `ws://${LOOPBACK}:${this.#port}`;
  }

  get running(): boolean {
    return this.#server !== undefined;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      const status = refusalOf(request, () => this.#api.pages)?.status ?? 426;
      response.writeHead(status, { Connection: "close" }).end("This is a WebSocket endpoint.\n");
    });
    server.on("upgrade", (request, socket, head) => void this.#upgrade(server, request, socket, head));
    this.#port = await listen(server, this.#port);
    this.#server = server;
  }

  /** Closes all connections with 1001; resolves when `$disconnect` has run for each. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#handshakes) socket.destroy();
    const connections = [...this.#open];
    for (const connection of connections) connection.goAway();
    const terminateTimer = setTimeout(() => {
      for (const connection of connections) connection.terminate();
    }, CLOSE_GRACE_MS);
    await Promise.all(connections.map((connection) => connection.ended));
    clearTimeout(terminateTimer);
    server.closeAllConnections();
    await closed;
  }

  async #upgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    // The request was accepted before a stop, but this event came after it.
    if (this.#server !== server) {
      socket.destroy();
      return;
    }
    this.#handshakes.add(socket);
    try {
      const admission = await this.#admit(request);
      if ("refused" in admission) refuse(socket, admission.refused);
      else this.#complete(request, socket, head, admission);
    } catch (error) {
      this.#api.log(`a handshake failed: ${String(error)}`);
      refuse(socket, 500);
    } finally {
      this.#handshakes.delete(socket);
    }
  }

  /** Runs the authorizer, then the `$connect` route. The connection exists only after both. */
  async #admit(request: IncomingMessage): Promise<Admission> {
    const api = this.#api;
    const refusal = refusalOf(request, () => api.pages);
    if (refusal !== undefined) return { refused: refusal.status };
    if (!api.throttle.admits("$connect")) return { refused: 429 };
    const facts: ConnectionFacts = {
      connectionId: newConnectionId(),
      gateway: this.name,
      connectedAtMs: api.clock.now(),
      handshake: readHandshake(request),
      authorizer: undefined,
    };
    const authorization = await authorize(api, facts);
    if ("refused" in authorization) return authorization;
    const authorized = { ...facts, authorizer: authorization.context };
    const route = api.routes.$connect;
    if (route === undefined) return { facts: authorized, subprotocol: undefined };
    try {
      const result = await integrate(api, route.function, connectEvent(api, authorized));
      const { statusCode, headers } = (result ?? {}) as { statusCode?: unknown; headers?: unknown };
      if (typeof statusCode !== "number") throw new Error("its result has no statusCode");
      if (statusCode < 200 || statusCode > 299) return { refused: statusCode };
      return { facts: authorized, subprotocol: subprotocolOf(headers) };
    } catch (error) {
      api.log(`$connect failed: ${String(error)}`);
      return { refused: 502 };
    }
  }

  #complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { facts, subprotocol }: Extract<Admission, { facts: unknown }>,
  ): void {
    if (subprotocol !== undefined) this.#subprotocols.set(request, subprotocol);
    let opened = false;
    if (!socket.destroyed) {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
        opened = true;
        const connection = new Connection(this.#api, facts, webSocket, socket);
        this.#open.add(connection);
        void connection.ended.then(() => this.#open.delete(connection));
      });
    }
    // The client left, or this gateway stopped, while `$connect` ran: the connection has ended already.
    if (!opened) void runDisconnect(this.#api, facts, { statusCode: ABNORMAL_CLOSURE, reason: "" });
  }
}

function subprotocolOf(headers: unknown): string | undefined {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  const found = entries.find(([name]) => name.toLowerCase() === "sec-websocket-protocol")?.[1];
  return typeof found === "string" ? found : undefined;
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "User is not authorized to access this resource",
  429: "Too Many Requests",
};

function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify({ message: REFUSALS[status] ?? "Internal server error" });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
