import * as v from "valibot";
import { WebSocket } from "ws";
import {
  type ClientFrame,
  decodeServerFrame,
  type Entry,
  encodeFrame,
  HistoryResult,
  PresenceResult,
  type ServerFrame,
  SUBPROTOCOL,
  SyncResult,
} from "../../protocol/index.ts";
import { eventually } from "./eventually.ts";

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

export interface WireOptions {
  readonly url: string;
  readonly token: string;
  readonly device?: string;
}

let requests = 0;

/** One raw connection: speaks the protocol, keeps every frame it received, and adds nothing of its own. */
export class Wire {
  readonly received: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly subprotocol: string;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.subprotocol = socket.protocol;
    socket.on("message", (data) => this.received.push(decodeServerFrame(String(data))));
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static open({ url, token, device }: WireOptions): Promise<Wire> {
    const address = device === undefined ? url : `${url}?device=${device}`;
    const socket = new WebSocket(address, [SUBPROTOCOL, token]);
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        socket.off("error", reject);
        socket.on("error", () => undefined); // A close event follows; tests look at that.
        resolve(new Wire(socket));
      });
      socket.once("error", reject);
      socket.once("unexpected-response", (_, response) =>
        reject(new HandshakeRefused(response.statusCode ?? 0)),
      );
    });
  }

  send(frame: ClientFrame): void {
    this.sendText(encodeFrame(frame));
  }

  sendText(text: string | Uint8Array): void {
    this.#socket.send(text);
  }

  /** Sends one message in several WebSocket frames. */
  sendFragments(fragments: readonly string[]): void {
    for (const [index, fragment] of fragments.entries()) {
      this.#socket.send(fragment, { fin: index === fragments.length - 1 });
    }
  }

  all<T extends ServerFrame["type"]>(type: T): FrameOf<T>[] {
    return this.received.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  next<T extends ServerFrame["type"]>(
    type: T,
    matches: (frame: FrameOf<T>) => boolean = () => true,
    options?: { timeoutMs?: number },
  ): Promise<FrameOf<T>> {
    return eventually(`a frame of type ${type}`, () => this.all(type).find(matches), {
      timeoutMs: 15_000,
      ...options,
    });
  }

  async sync(cursors: Record<string, [number, number]> = {}): Promise<SyncResult> {
    const conversations: SyncResult["conversations"] = [];
    let from: string | undefined;
    const nextCursors = { ...cursors };
    do {
      const result = v.parse(
        SyncResult,
        await this.request({ type: "sync", cursors: nextCursors, ...(from && { from }) }),
      );
      for (const conversation of result.conversations) {
        const last = conversation.entries.at(-1);
        if (last !== undefined) nextCursors[conversation.conversation] = [conversation.epoch, last.seq];
        const before = conversations.find((one) => one.conversation === conversation.conversation);
        if (before) before.entries.push(...conversation.entries);
        else conversations.push(conversation);
      }
      from = result.next;
    } while (from !== undefined);
    return { conversations };
  }

  async history(page: {
    conversation: string;
    before?: number;
    after?: number;
    limit?: number;
  }): Promise<HistoryResult> {
    return v.parse(HistoryResult, await this.request({ type: "history", ...page }));
  }

  /** Returns all entries of a conversation, read page by page. */
  async log(conversation: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (;;) {
      const page = await this.history({ conversation, after: entries.at(-1)?.seq ?? 0, limit: 100 });
      entries.push(...page.entries);
      if (!page.more) return entries;
    }
  }

  async presence(
    users: readonly string[],
    options: { watch?: boolean; conversation?: string } = {},
  ): Promise<PresenceResult> {
    return v.parse(PresenceResult, await this.request({ type: "presence", users, ...options }));
  }

  async request(frame: { type: ClientFrame["type"]; [field: string]: unknown }): Promise<unknown> {
    requests += 1;
    const id = `r${requests}`;
    this.sendText(JSON.stringify({ ...frame, id }));
    const reply = await this.next("reply", (candidate) => candidate.id === id);
    if (reply.error !== undefined) throw new RequestRefused(reply.error.code);
    return reply.result;
  }

  /** Returns the entries pushed so far, each seq once, ascending. */
  pushed(conversation: string): Entry[] {
    const bySeq = new Map<number, Entry>();
    for (const frame of this.all("entries")) {
      if (frame.conversation === conversation) for (const entry of frame.entries) bySeq.set(entry.seq, entry);
    }
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  /** Ends the TCP connection without a close frame, as a lost network does. */
  cut(): void {
    this.#socket.terminate();
  }
}

class HandshakeRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the handshake was refused with ${status}`);
    this.status = status;
  }
}

class RequestRefused extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the request was refused: ${code}`);
    this.code = code;
  }
}
