import type { Transport, TransportListener } from "../../../client/src/index.ts";
import {
  type ClientFrame,
  type CommandResult,
  type CommandType,
  decodeClientFrame,
  type ErrorCode,
  encodeFrame,
  type ServerFrame,
  type SyncedConversation,
  wireError,
} from "../../../protocol/index.ts";

/** Resolves when every promise that needs no timer has settled. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The server's end of a socket. The test is the server: nothing happens on it otherwise. */
export class FarEnd {
  readonly token: string;
  readonly frames: ClientFrame[] = [];
  /** True if the client has closed it. */
  released = false;
  readonly #listener: TransportListener;

  constructor(token: string, listener: TransportListener) {
    this.token = token;
    this.#listener = listener;
  }

  of<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }

  async open(): Promise<void> {
    this.#listener.opened();
    await settled();
  }

  async push(...frames: ServerFrame[]): Promise<void> {
    for (const frame of frames) if (!this.released) this.#listener.received(encodeFrame(frame));
    await settled();
  }

  /** Answers the last request of this type. */
  async answer<T extends CommandType>(type: T, result: CommandResult<T>): Promise<void> {
    await this.push({ type: "reply", id: this.#lastRequest(type), result });
  }

  /** Refuses the last request of this type. */
  async refuse(type: CommandType, code: ErrorCode): Promise<void> {
    await this.push({ type: "reply", id: this.#lastRequest(type), error: wireError(code) });
  }

  #lastRequest(type: CommandType): string {
    const request = this.frames.findLast((frame) => frame.type === type);
    if (request === undefined || !("id" in request)) throw new Error(`there was no ${type}`);
    return request.id;
  }

  async cut(): Promise<void> {
    if (!this.released) this.#listener.closed(new Error("cut"));
    await settled();
  }

  send(text: string): void {
    this.frames.push(decodeClientFrame(text));
  }

  close(): void {
    this.released = true;
  }
}

/** A transport without a network. `ends` has the far end of every socket the client opened. */
export class Wire {
  readonly url = "ws://wire";
  readonly ends: FarEnd[] = [];
  readonly transport: Transport = (_url, [, token = ""], listener) => {
    const end = new FarEnd(token, listener);
    this.ends.push(end);
    return end;
  };

  get last(): FarEnd {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error("the client has not connected");
    return end;
  }

  /** Accepts the connection, and answers the first sync with these conversations. */
  async connect(...conversations: SyncedConversation[]): Promise<FarEnd> {
    await settled();
    const end = this.last;
    await end.open();
    await end.answer("sync", { conversations });
    return end;
  }
}
