import type { NewEntry } from "../api/entry.ts";
import type { FrameTarget, Seen } from "./composed-frame.ts";

/** The stored form of a queue, read by the next client of this or a later release. */
export interface QueueRecord {
  readonly target: FrameTarget;
  readonly frames: readonly { text: string; ids: readonly string[]; seen: Seen; open: readonly NewEntry[] }[];
  readonly queue: readonly NewEntry[];
  /** The entries of `queue` are not in the log before this position. The client that sends them says so in `seen`. */
  readonly since: Seen;
}
