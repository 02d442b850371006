import { encodeFrame } from "../../protocol/frame-text.ts";
import type { NewEntry, SendFrame } from "../../protocol/index.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { utf8Bytes } from "../../protocol/utf8-bytes.ts";

export type FrameTarget = { readonly conversation: string } | { readonly to: { readonly user: string } };

/** A frame with as many of the entries, from the first on, as the limits of the protocol allow; at least one. */
export function composeFrame(
  target: FrameTarget,
  seen: NonNullable<SendFrame["seen"]>,
  entries: readonly NewEntry[],
): SendFrame {
  const frame = (chosen: NewEntry[]): SendFrame => ({ type: "send", ...target, seen, entries: chosen });
  let room = LIMITS.frameBytes - utf8Bytes(encodeFrame(frame([])));
  let count = 0;
  for (const entry of entries.slice(0, LIMITS.entriesPerFrame)) {
    room -= utf8Bytes(JSON.stringify(entry)) + 1;
    if (room < 0) break;
    count += 1;
  }
  return frame(entries.slice(0, Math.max(1, count)));
}
