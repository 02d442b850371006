import {
  type EntriesFrame,
  type Entry,
  encodeFrame,
  LIMITS,
  type ServerFrame,
  utf8Bytes,
} from "../../../protocol/index.ts";
import type { SeqRange } from "../../ports/conversation-log.ts";
import { visibleEntriesFor } from "./visibility.ts";

/** Bytes of a frame on the wire. */
export function frameBytes(frame: ServerFrame): number {
  return utf8Bytes(encodeFrame(frame));
}

/** Bytes that an entry adds to a frame, with its comma. */
export function entryBytes(entry: Entry): number {
  return utf8Bytes(JSON.stringify(entry)) + 1;
}

/**
 * Makes the pushed frames of what a reader with these ranges may see of entries: as few as fit into the frame limit, in
 * order. One entry always fits: its body is limited to leave room (LIMITS.bodyBytes). Nothing else makes such frames.
 */
export function entriesFrames(
  conversation: string,
  epoch: number,
  entries: readonly Entry[],
  ranges: readonly SeqRange[],
): EntriesFrame[] {
  const frame = (chunk: Entry[]): EntriesFrame => ({ type: "entries", conversation, epoch, entries: chunk });
  const room = LIMITS.frameBytes - frameBytes(frame([]));
  const chunks: Entry[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const entry of visibleEntriesFor(ranges, entries)) {
    const size = entryBytes(entry);
    if (used + size > room) {
      chunks.push([]);
      used = 0;
    }
    chunks.at(-1)?.push(entry);
    used += size;
  }
  return chunks.map(frame);
}
