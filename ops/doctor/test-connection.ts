import {
  type ClientFrame,
  decodeServerFrame,
  encodeFrame,
  type ServerFrame,
  SUBPROTOCOL,
} from "../../protocol/index.ts";

const TIMEOUT_MS = 10_000;

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** An expected frame did not come. */
class NoReplyError extends Error {
  override readonly name = "NoAnswerError";
}

/** One connection without the client library's retries, so that faults become visible. */
export class TestConnection {
  readonly #socket: WebSocket;
  readonly #received: ServerFrame[] = [];
  #onChange: () => void = () => {};
  #closed: string | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#received.push(decodeServerFrame(String(data)));
      this.#onChange();
    });
    socket.addEventListener("close", ({ code }) => {
      this.#closed = `the connection was closed (${code})`;
      this.#onChange();
    });
  }

  /** Opens a connection. Resolves to undefined if the handshake is refused or not answered within 10 s; WebSocket does not say which. */
  static open(url: string, token: string): Promise<TestConnection | undefined> {
    const socket = new WebSocket(url, [SUBPROTOCOL, token]);
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => socket.close(), TIMEOUT_MS);
      const settle = (line: TestConnection | undefined) => {
        clearTimeout(giveUp);
        resolve(line);
      };
      socket.addEventListener("open", () => settle(new TestConnection(socket)), { once: true });
      socket.addEventListener("error", () => settle(undefined), { once: true });
      socket.addEventListener("close", () => settle(undefined), { once: true });
    });
  }

  send(frame: ClientFrame): void {
    this.#socket.send(encodeFrame(frame));
  }

  /** Returns the first frame of this type that matches, including frames received earlier. Throws `NoReplyError`. */
  async next<T extends ServerFrame["type"]>(
    type: T,
    matches: (frame: FrameOf<T>) => boolean = () => true,
  ): Promise<FrameOf<T>> {
    const giveUpAt = performance.now() + TIMEOUT_MS;
    for (;;) {
      const found = this.#received.find(
        (frame): frame is FrameOf<T> => frame.type === type && matches(frame as FrameOf<T>),
      );
      if (found !== undefined) return found;
      const refusal = this.#received.find((frame) => frame.type === "error");
      if (refusal !== undefined) {
        throw new NoReplyError(`the server sent the error ${refusal.error.code}: ${refusal.error.message}`);
      }
      if (this.#closed !== undefined) throw new NoReplyError(this.#closed);
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw new NoReplyError(`no ${type} within ${TIMEOUT_MS / 1000} s`);
      await this.#waitForChange(leftMs);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #waitForChange(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onChange = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
