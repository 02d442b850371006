import type { ServerFrame } from "../../protocol/index.ts";

/**
 * Outcome of one post:
 * - `sent`: API Gateway accepted the frame; it can still be lost with the socket.
 * - `gone`: API Gateway knows no such connection (410). This can be false for a live connection, see `ping`.
 * - `retry`: a temporary failure or a timeout; the frame may or may not have been sent.
 * - `refused`: the request itself is wrong (403, malformed, too large). This is a bug; repeating it is of no use.
 */
export type PostOutcome = "sent" | "gone" | "retry" | "refused";

/** The open WebSocket connections of all gateways. */
export interface Connections {
  /**
   * Posts one frame of at most 32 KB. Never throws because of the other side; aborting `signal` makes the outcome
   * `retry`.
   */
  post(connection: string, frame: ServerFrame, signal: AbortSignal): Promise<PostOutcome>;

  /** Closes a connection. Closing a connection that is gone is no error. */
  close(connection: string, signal: AbortSignal): Promise<void>;
}
