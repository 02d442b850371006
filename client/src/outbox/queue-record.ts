import type { NewEntry } from "../api/entry.ts";
import type { FrameTarget, Seen } from "./composed-frame.ts";

/** A lane as it is kept for the next client, of this release or a later one. */
export interface QueueRecord {
  readonly target: FrameTarget;
  readonly frames: readonly { text: string; ids: readonly string[]; seen: Seen; open: readonly NewEntry[] }[];
  readonly queue: readonly NewEntry[];
  /** The log has none of the queue before this position; whoever sends it, however late, says so in `seen`. */
  readonly since: Seen;
}
