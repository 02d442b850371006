import { createHash } from "node:crypto";
import { wireError } from "../../../protocol/index.ts";
import type { FrameOutcome } from "../../ports/conversation-log.ts";

/**
 * Number of frames whose outcomes a head remembers. The queue can redeliver at most one batch (10 frames) of a
 * conversation; model and property tests fail when this is smaller than a batch.
 */
export const DEDUP_WINDOW = 20;

/** Digest of a frame id. 64 bits tell 20 frames apart; full ids would cost the head a second write unit. */
export function frameDigest(frameId: string): string {
  return createHash("sha256").update(frameId).digest().subarray(0, 8).toString("base64url");
}

/**
 * Returns the window after further frames were decided. A frame that is already in it keeps its place and outcome. One
 * that was refused for now is not taken in, because the same frame may land a second later.
 */
export function addToDedupWindow(
  window: readonly FrameOutcome[],
  decided: readonly FrameOutcome[],
): FrameOutcome[] {
  const known = new Set(window.map((entry) => entry.frame));
  return [...window, ...decided.filter((entry) => !known.has(entry.frame) && !isRefusedForNow(entry))].slice(
    -DEDUP_WINDOW,
  );
}

function isRefusedForNow({ outcomes }: FrameOutcome): boolean {
  return outcomes.every((outcome) => "refused" in outcome && wireError(outcome.refused).temporary);
}
