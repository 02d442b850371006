import type { ServerFrame } from "../../protocol/index.ts";

/**
 * - `sent`: API Gateway has taken the frame; it may still be lost with the socket.
 * - `gone`: there is no such connection (410). Can be false for a live one, see `ping`.
 * - `retry`: a temporary failure or a timeout; the frame may or may not have been sent.
 * - `refused`: the request itself is wrong (403, malformed, too large): a bug, of no use to repeat.
 */
export type PostOutcome = "sent" | "gone" | "retry" | "refused";

/** The sockets, wherever they are. */
export interface Connections {
  /** Posts one frame of at most 32 KB. Never throws for what the other side does; `signal` ends it as `retry`. */
  post(connection: string, frame: ServerFrame, signal: AbortSignal): Promise<PostOutcome>;

  /** Closes a connection; closing one that is gone is no error. */
  close(connection: string, signal: AbortSignal): Promise<void>;
}
