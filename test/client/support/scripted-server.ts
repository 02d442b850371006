import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type ClientFrame,
  decodeClientFrame,
  encodeFrame,
  type HistoryFrame,
  type HistoryResult,
  LIMITS,
  type PresenceFrameRequest,
  type PresenceResult,
  type SendFrame,
  type ServerFrame,
  SUBPROTOCOL,
  type SyncFrame,
  type SyncResult,
} from "../../../protocol/index.ts";
import { type ServerConversation, ServerLogs } from "./server-log.ts";

export interface ServerConnection {
  readonly user: string;
  readonly device: string | null;
  readonly frames: ClientFrame[];
  /** Frames as received, to compare a resend byte for byte. */
  readonly texts: string[];
  push(frame: ServerFrame): void;
  pushText(text: string): void;
  cut(): void;
  /** Simulates a lost network: the socket stays open, but nothing is read from it, not even its close. */
  freeze(): void;
}

/** A server that follows the protocol, except where a test overrides it. */
export class ScriptedServer {
  readonly logs = new ServerLogs();
  readonly connections: ServerConnection[] = [];
  /** Number of handshakes, including those refused. */
  handshakes = 0;
  refuseHandshakes = false;
  syncPage: number = LIMITS.syncPage;
  /** Users who are online. */
  readonly present = new Set<string>();
  /** Returns true to keep a frame from the server. */
  intercept: (frame: ClientFrame, connection: ServerConnection) => boolean = () => false;
  /** Returns false to keep a frame from being pushed. */
  pushes: (frame: ServerFrame, user: string) => boolean = () => true;

  readonly #open = new Map<ServerConnection, WebSocket>();
  readonly #http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { user } = JSON.parse(body) as { user: string };
      response.setHeader("Content-Type", "application/json");
      response.end(
        JSON.stringify({ token: `token.${user}`, url: this.url, expiresAtMs: Number.MAX_SAFE_INTEGER }),
      );
    });
  });
  readonly #sockets = new WebSocketServer({
    server: this.#http,
    handleProtocols: () => SUBPROTOCOL,
    verifyClient: () => {
      this.handshakes += 1;
      return !this.refuseHandshakes;
    },
  });

  /** The `send` frames as text, in the order in which they arrived. */
  sentTexts(): string[] {
    return this.connections.flatMap(({ texts }) => texts.filter((text) => text.startsWith('{"type":"send"')));
  }

  /** Hands the first `send` to `handle` instead of answering it. */
  interceptFirstSend(handle: (frame: SendFrame, cut: () => void) => void): void {
    let first = true;
    this.intercept = (frame, connection) => {
      if (frame.type !== "send" || !first) return false;
      first = false;
      handle(frame, connection.cut);
      return true;
    };
  }

  async start(port = 0): Promise<this> {
    this.#sockets.on("connection", (socket, request) => {
      const [, token] = (request.headers["sec-websocket-protocol"] ?? "").split(/, ?/);
      const device = new URL(request.url ?? "/", "ws://x").searchParams.get("device");
      this.#accept(socket, userOf(token), device);
    });
    await new Promise<void>((resolve) => this.#http.listen(port, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.#open.size;
  }

  get frames(): ClientFrame[] {
    return this.connections.flatMap(({ frames }) => frames);
  }

  sends(): SendFrame[] {
    return this.frames.filter((frame) => frame.type === "send");
  }

  cutAll(): void {
    for (const connection of this.#open.keys()) connection.cut();
  }

  /** Pushes a frame to all open connections of these users. */
  pushTo(users: readonly string[], frame: ServerFrame, except?: ServerConnection): void {
    for (const connection of this.#open.keys()) {
      if (connection === except || !users.includes(connection.user)) continue;
      if (this.pushes(frame, connection.user)) connection.push(frame);
    }
  }

  /** Appends texts of the peer, and pushes them to the user. */
  say(user: string, peer: string, ...texts: string[]): void {
    const conversation = this.logs.between(user, peer);
    const entries = this.logs.say(conversation, peer, ...texts);
    this.pushTo([user], {
      type: "entries",
      conversation: conversation.id,
      epoch: conversation.epoch,
      entries,
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#open.values()) socket.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #accept(socket: WebSocket, user: string, device: string | null): void {
    const pushText = (text: string) => socket.send(text);
    const connection: ServerConnection = {
      user,
      device,
      frames: [],
      texts: [],
      push: (frame) => pushText(encodeFrame(frame)),
      pushText,
      cut: () => socket.terminate(),
      freeze: () => socket.pause(),
    };
    this.connections.push(connection);
    this.#open.set(connection, socket);
    socket.on("close", () => this.#open.delete(connection));
    socket.on("message", (data) => {
      const text = String(data);
      const frame = decodeClientFrame(text);
      connection.texts.push(text);
      connection.frames.push(frame);
      if (!this.intercept(frame, connection)) this.answer(frame, connection);
    });
  }

  answer(frame: ClientFrame, connection: ServerConnection): void {
    switch (frame.type) {
      case "ping":
        connection.push({ type: "pong" });
        break;
      case "sync":
        connection.push({ type: "reply", id: frame.id, result: this.#sync(frame, connection.user) });
        break;
      case "history":
        connection.push({ type: "reply", id: frame.id, result: this.#history(frame) });
        break;
      case "presence":
        connection.push({ type: "reply", id: frame.id, result: this.#presence(frame) });
        break;
      case "send":
        this.#send(frame, connection);
    }
  }

  #presence({ users }: PresenceFrameRequest): PresenceResult {
    return {
      users: users.map((user) => ({ user, online: this.present.has(user), version: 1 })),
      refused: [],
    };
  }

  #send(frame: SendFrame, connection: ServerConnection): void {
    const { user } = connection;
    const conversation =
      "to" in frame ? this.logs.between(user, frame.to.user) : this.logs.get(frame.conversation);
    if (conversation === undefined) throw new Error("the test knows no such conversation");
    const { id, epoch, members } = conversation;
    const before = conversation.entries.length;
    const placed = this.logs.append(conversation, user, frame.entries);
    const ack: ServerFrame = { type: "ack", conversation: id, epoch, entries: placed };
    if (this.pushes(ack, user)) connection.push(ack);
    const entries = conversation.entries.slice(before);
    const peer = members.find((member) => member !== user) ?? user;
    if (before === 0) {
      this.pushTo([peer], {
        type: "joined",
        conversation: id,
        kind: "direct",
        peer: user,
        first: 1,
        epoch,
        lastSeq: entries.length,
      });
    }
    if (entries.length > 0)
      this.pushTo(members, { type: "entries", conversation: id, epoch, entries }, connection);
  }

  #sync({ cursors, from = "" }: SyncFrame, user: string): SyncResult {
    const rest = this.logs.of(user).filter(({ id }) => id >= from);
    const page = rest.slice(0, this.syncPage);
    const next = rest[this.syncPage];
    return {
      conversations: page.map((conversation) => this.#synced(conversation, user, cursors[conversation.id])),
      ...(next && { next: next.id }),
    };
  }

  #synced(conversation: ServerConversation, user: string, cursor: readonly [number, number] | undefined) {
    const { id, members, epoch, first, entries } = conversation;
    const readable = entries.filter(({ seq }) => seq >= first);
    const usable = cursor !== undefined && cursor[0] === epoch && cursor[1] >= first - 1;
    const seq = cursor?.[1] ?? 0;
    return {
      conversation: id,
      kind: "direct" as const,
      peer: members.find((member) => member !== user) ?? user,
      epoch,
      lastSeq: entries.length,
      first,
      readSeq: 0,
      unread: 0,
      entries: usable ? readable.filter((entry) => entry.seq > seq) : readable.slice(-LIMITS.syncTail),
      ...(cursor !== undefined && !usable && { reset: true }),
    };
  }

  #history({ conversation: id, before, after, limit = 50 }: HistoryFrame): HistoryResult {
    const conversation = this.logs.get(id);
    if (conversation === undefined) throw new Error("the test knows no such conversation");
    const { epoch, first, entries } = conversation;
    const matching = entries.filter(
      ({ seq }) =>
        seq >= first && (before === undefined || seq < before) && (after === undefined || seq > after),
    );
    const page = after === undefined ? matching.slice(-limit) : matching.slice(0, limit);
    return { epoch, lastSeq: entries.length, first, entries: page, more: page.length < matching.length };
  }
}

/** Reads the user from a token of the tests, or from one of a user pool without checking its signature. */
function userOf(token = ""): string {
  const [, claims, signature] = token.split(".");
  if (signature === undefined) return token.replace("token.", "");
  return JSON.parse(Buffer.from(claims ?? "", "base64url").toString("utf8")).username;
}
