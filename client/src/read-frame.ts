import type { ServerFrame } from "../../protocol/index.ts";
import { ENTRY, fits, listOf, type Shape } from "./shape.ts";

const ERROR: Shape = { code: "string", message: "string", temporary: "boolean" };
const ACKNOWLEDGED: Shape = { id: "string", seq: "number", sentAtMs: "number" };

const FRAMES: Readonly<Record<ServerFrame["type"], Shape>> = {
  ack: { conversation: "string", epoch: "number", entries: "list" },
  reject: { ids: "list", error: "object" },
  entries: { conversation: "string", epoch: "number", entries: "list" },
  joined: { conversation: "string", kind: "string", first: "number", epoch: "number", lastSeq: "number" },
  receipt: { conversation: "string", user: "string", readSeq: "number?", deliveredSeq: "number?" },
  typing: { conversation: "string", user: "string" },
  presence: { user: "string", online: "boolean", version: "number" },
  pong: {},
  reply: { id: "string", error: "object?" },
  error: { error: "object", id: "string?", ids: "list?" },
};

/**
 * One frame of the server; undefined for what this version does not know or cannot use, which is no reason to end
 * anything. API Gateway's own `{message, connectionId, requestId}` becomes a temporary error of the last frame.
 */
export function readFrame(text: string): ServerFrame | undefined {
  const value = parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  if (!("type" in value)) {
    const isGateways = fits(value, { message: "string", connectionId: "string", requestId: "string" });
    if (!isGateways) return undefined;
    const error = { code: "unavailable", message: (value as { message: string }).message, temporary: true };
    return { type: "error", error };
  }
  const { type } = value as { type: ServerFrame["type"] };
  if (typeof type !== "string" || !Object.hasOwn(FRAMES, type) || !fits(value, FRAMES[type]))
    return undefined;
  const frame = value as ServerFrame;
  if (frame.type === "entries" && !listOf(frame.entries, ENTRY)) return undefined;
  if (frame.type === "ack" && !listOf(frame.entries, ACKNOWLEDGED)) return undefined;
  if ("error" in frame && frame.error !== undefined && !fits(frame.error, ERROR)) return undefined;
  return frame;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
