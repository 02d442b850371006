import { encodeFrame } from "../../../protocol/frame-text.ts";
import type { CreateFrame, SendFrame } from "../../../protocol/index.ts";
import { isSolitary } from "../../../protocol/kinds.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { utf8Bytes } from "../../../protocol/utf8-bytes.ts";
import type { NewEntry } from "../api/entry.ts";
import type { FrameTarget, Seen } from "./composed-frame.ts";

/** Composes a frame of as many leading entries as the protocol allows; at least one. */
export function composeFrame(
  target: FrameTarget,
  seen: Seen,
  entries: readonly NewEntry[],
): { readonly text: string; readonly entries: readonly NewEntry[] } {
  if ("create" in target) {
    const [creation] = entries;
    const frame = { type: "create", id: creation?.id, ...(creation?.body as object) } as CreateFrame;
    return { text: encodeFrame(frame), entries: entries.slice(0, 1) };
  }
  const frame = (chosen: readonly NewEntry[]) =>
    encodeFrame({ type: "send", ...target, seen, entries: chosen } as SendFrame);
  let room = LIMITS.frameBytes - utf8Bytes(frame([]));
  let count = 0;
  for (const entry of entries.slice(0, LIMITS.entriesPerFrame)) {
    room -= utf8Bytes(JSON.stringify(entry)) + 1;
    if (room < 0 || (count > 0 && isSolitary(entry.kind))) break;
    count += 1;
    if (isSolitary(entry.kind)) break;
  }
  const chosen = entries.slice(0, Math.max(1, count));
  return { text: frame(chosen), entries: chosen };
}
