import type { Entry, JoinedFrame } from "../../../protocol/index.ts";
import type { Head, SeqRange } from "../../ports/conversation-log.ts";
import type { EntriesDelivery, PushTarget } from "../../ports/topics.ts";
import { entriesFrames } from "../log/frame-packing.ts";
import { isOpen, lastReadable } from "../log/readable-ranges.ts";
import type { Push } from "./push.ts";

/** A user as a reader of one conversation. */
export interface Reader {
  readonly ranges: readonly SeqRange[];
  /** The other side of a direct conversation. */
  readonly peer: string | undefined;
}

/** Entries of one conversation, with what a `joined` says of it. */
export interface ReadEntries {
  readonly conversation: string;
  readonly head: Pick<Head, "kind" | "title" | "lastSeq">;
  readonly epoch: number;
  /** Ordered by seq. */
  readonly entries: readonly Entry[];
}

/**
 * Builds the frames that carry to one connection what its user may see of entries, each with the delivery to publish if
 * it has to be retried; preceded by a `joined` for a new member.
 */
export function entriesPushes(
  target: PushTarget,
  reader: Reader,
  read: ReadEntries,
  hasJoined: boolean,
): Push<EntriesDelivery>[] {
  const { conversation, epoch, entries } = read;
  const left = { type: "deliver.entries" as const, targets: [target], conversation, epoch };
  const frames = entriesFrames(conversation, epoch, entries, reader.ranges);
  const pushes = frames.map((frame) => ({
    frame,
    delivery: { ...left, seqs: frame.entries.map(({ seq }) => seq) },
  }));
  if (!hasJoined || reader.ranges.length === 0) return pushes;
  return [{ frame: joinedFrame(reader, read), delivery: { ...left, seqs: [], joined: true } }, ...pushes];
}

function joinedFrame({ ranges, peer }: Reader, { conversation, head, epoch }: ReadEntries): JoinedFrame {
  const { kind, title, lastSeq } = head;
  return {
    type: "joined",
    conversation,
    kind,
    ...(kind === "direct" && { peer }),
    // A user who has left again meanwhile must not see later changes.
    ...(title !== undefined && isOpen(ranges) && { title }),
    first: ranges.at(-1)?.[0] ?? 1,
    epoch,
    lastSeq: lastReadable(ranges, lastSeq),
  };
}
