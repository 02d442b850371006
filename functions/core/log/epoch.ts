import type { Cursor } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";

/**
 * The head as it counts now: after a restore the operator raises `epochFloor`, and every conversation below it
 * is in the new epoch from then on, though the stored head says so only from its next commit.
 */
export function raiseEpoch(head: Head, epochFloor: number): Head {
  if (head.epoch >= epochFloor) return head;
  return { ...head, epoch: epochFloor, epochBase: head.lastSeq };
}

/**
 * The seq up to which a cursor agrees with this log, or undefined when it cannot be known to agree: a cursor of
 * the epoch before is good up to where the new epoch began; of an older or unknown one, never.
 */
export function seqOfCursor(head: Head, [epoch, seq]: Cursor): number | undefined {
  if (epoch === head.epoch) return seq;
  if (epoch === head.epoch - 1 && seq <= head.epochBase) return seq;
  return undefined;
}
