import type { ClientFrame } from "./client-frames.ts";
import type { ServerFrame } from "./server-frames.ts";

/** The WebSocket subprotocol; the token travels beside it in `Sec-WebSocket-Protocol`. */
export const SUBPROTOCOL = "parley.v1";

export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame);
}
