import type { HistoryResult, ServerFrame, SyncResult } from "../../../protocol/index.ts";
import { UnreadableReplyError } from "../api/errors.ts";
import { boolean, ENTRY, listOf, number, object, optional, type Shape, string } from "./shape.ts";

const ERROR = object({ code: string, message: string, temporary: boolean });
const ACKNOWLEDGED = object({ id: string, seq: number, sentAtMs: number });

const FRAMES: Readonly<Record<ServerFrame["type"], Shape>> = {
  ack: object({ conversation: string, epoch: number, entries: listOf(ACKNOWLEDGED) }),
  accepted: object({ ids: listOf(string) }),
  reject: object({ ids: listOf(string), error: ERROR }),
  entries: object({ conversation: string, epoch: number, entries: listOf(ENTRY) }),
  joined: object({ conversation: string, kind: string, first: number, epoch: number, lastSeq: number }),
  receipt: object({
    conversation: string,
    user: string,
    readSeq: optional(number),
    deliveredSeq: optional(number),
  }),
  typing: object({ conversation: string, user: string }),
  presence: object({ user: string, online: boolean, version: number }),
  pong: object({}),
  reply: object({ id: string, error: optional(ERROR) }),
  error: object({ error: ERROR, id: optional(string), ids: optional(listOf(string)) }),
};

const SHAPES = new Map<unknown, Shape>(Object.entries(FRAMES));

const GATEWAY = object({ message: string, connectionId: string, requestId: string });

/**
 * Reads a frame of the server. Returns undefined for one that this version does not know or cannot use: the caller
 * ignores it. API Gateway's own `{message, connectionId, requestId}` becomes a temporary error of the frame sent last.
 */
export function readFrame(text: string): ServerFrame | undefined {
  const value = parse(text);
  if (GATEWAY(value)) {
    const { message } = value as { message: string };
    return { type: "error", error: { code: "unavailable", message, temporary: true } };
  }
  const frame = value as ServerFrame | null | undefined;
  return SHAPES.get(frame?.type)?.(frame) ? (frame as ServerFrame) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const HISTORY = object({
  epoch: number,
  lastSeq: number,
  first: number,
  more: boolean,
  entries: listOf(ENTRY),
});

const SYNCED = object({
  conversation: string,
  kind: string,
  epoch: number,
  lastSeq: number,
  first: number,
  readSeq: number,
  unread: number,
  entries: listOf(ENTRY),
});

const SYNC = object({ conversations: listOf(SYNCED), next: optional(string), atMs: optional(number) });

/** Reads the reply to a `history` request. Throws UnreadableReplyError if it is not as docs/protocol.md describes it. */
export function readHistory(result: unknown): HistoryResult {
  if (!HISTORY(result)) throw new UnreadableReplyError("reply to history");
  return result as HistoryResult;
}

/** Reads the reply to a `sync` request. Throws UnreadableReplyError if it is not as docs/protocol.md describes it. */
export function readSync(result: unknown): SyncResult {
  if (!SYNC(result)) throw new UnreadableReplyError("reply to sync");
  return result as SyncResult;
}
