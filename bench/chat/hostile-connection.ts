import type { Cloud } from "../../local/cloud-options.ts";
import { Socket } from "./socket.ts";

const FRAMES_PER_SECOND = 100;
const TICK_MS = 10;

/** Outcome of a connection that floods. Times are seconds since its first frame. */
export interface Fate {
  readonly sent: number;
  readonly firstRefusalSeconds: number | undefined;
  readonly closedSeconds: number | undefined;
}

/** A connection that sends 100 frames a second, whatever it is answered. */
export class HostileConnection {
  readonly #socket: Socket;
  readonly #frames: readonly (object | string)[];
  readonly #startedAtMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #firstRefusalSeconds: number | undefined;
  #closedSeconds: number | undefined;

  private constructor(socket: Socket, frames: readonly (object | string)[]) {
    this.#socket = socket;
    this.#frames = frames;
    socket.listen(({ error }) => {
      if (error?.code === "rate_limited") this.#firstRefusalSeconds ??= this.#seconds;
    });
    socket.onClose(() => {
      this.#closedSeconds = this.#seconds;
      this.stop();
    });
    this.#timer = setInterval(() => this.#send(), TICK_MS);
  }

  /** Connects, and sends these frames in turn until it is closed or stopped. */
  static async open(
    cloud: Cloud,
    user: string,
    frames: readonly (object | string)[],
  ): Promise<HostileConnection> {
    return new HostileConnection(await Socket.open(cloud, user), frames);
  }

  get fate(): Fate {
    return {
      sent: this.#sent,
      firstRefusalSeconds: this.#firstRefusalSeconds,
      closedSeconds: this.#closedSeconds,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAtMs) / 1_000;
  }

  #send(): void {
    for (const due = this.#seconds * FRAMES_PER_SECOND; this.#sent < due; this.#sent++) {
      const frame = this.#frames[this.#sent % this.#frames.length] ?? "";
      this.#socket.sendText(typeof frame === "string" ? frame : JSON.stringify(frame));
    }
  }
}
