import type { Cursor } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";

/**
 * Returns the head with the current epoch. After a restore the operator raises `epochFloor`, which puts every
 * conversation into the new epoch, although its stored head says so only from the next commit on.
 */
export function raiseEpoch(head: Head, epochFloor: number): Head {
  if (head.epoch >= epochFloor) return head;
  return { ...head, epoch: epochFloor, epochBase: head.lastSeq };
}

/**
 * Returns the seq up to which a cursor agrees with this log, or undefined if that cannot be known. A cursor of the
 * previous epoch agrees up to where the new epoch began; a cursor of an older or unknown epoch never does.
 */
export function seqOfCursor(head: Head, [epoch, seq]: Cursor): number | undefined {
  if (epoch === head.epoch) return seq;
  if (epoch === head.epoch - 1 && seq <= head.epochBase) return seq;
  return undefined;
}
