import { newestEpoch, versionAbove } from "../../../functions/core/log/head-version.ts";
import { previewOfTail, withoutExpiringText } from "../../../functions/core/log/preview.ts";
import { isOpen } from "../../../functions/core/log/readable-ranges.ts";
import { withRetention } from "../../../functions/core/log/retention.ts";
import type { Head, Member } from "../../../functions/ports/conversation-log.ts";
import type { Entry } from "../../../protocol/index.ts";
import type { SegmentFacts } from "./log-facts.ts";
import type { Interval, LogShape } from "./log-shape.ts";

/** Returns the head that follows its log and its rows, in a version above every segment's. */
export function mendedHead(
  head: Head,
  shape: LogShape,
  members: readonly Member[],
  segments: readonly SegmentFacts[],
  missing: readonly Interval[],
): Head {
  const { missing: _, ...followed } = shape.ahead.length > 0 ? followedHead(head, shape) : head;
  const versions = [head.version, ...segments.map(({ headVersion }) => headVersion)];
  const epoch = Math.max(head.epoch, newestEpoch(versions));
  return {
    ...followed,
    epoch,
    // Up to the end of an older head the log is the same as in the previous epoch; after it, that is not known.
    epochBase: epoch > head.epoch ? head.lastSeq : head.epochBase,
    ...(missing.length > 0 && { missing }),
    ...countsOf(members),
    membersVersion: followed.membersVersion + 1,
    version: versionAbove(versions),
  };
}

/** Returns the numbers of members and owners. */
export function countsOf(members: readonly Member[]): Pick<Head, "memberCount" | "ownerCount"> {
  const current = members.filter(({ ranges }) => isOpen(ranges));
  return { memberCount: current.length, ownerCount: current.filter(({ role }) => role === "owner").length };
}

/** Takes over the entries that later writes have put into segments, with what they change in the head. */
function followedHead(before: Head, { parts, tail, tailFirst, lastSeq }: LogShape): Head {
  const { flushDue, ...head } = before;
  const later = parts.flatMap(({ changes }) => changes).filter(({ seq }) => seq > before.lastSeq);
  const moved = withoutExpiringText({
    ...later.reduce(changedBy, head),
    tail,
    tailFirst,
    lastSeq,
    ...(flushDue && tail.length > 0 && { flushDue }),
    updatedAtMs: Math.max(before.updatedAtMs, parts.at(-1)?.lastSentAtMs ?? 0),
    preview: previewOfTail(tail) ?? parts.findLast(({ preview }) => preview)?.preview ?? head.preview,
    // Member rows that somebody read in the time that is lost are not valid.
    membersVersion: head.membersVersion + lastSeq - before.lastSeq,
  });
  return head.announcedSeq === undefined ? moved : { ...moved, announcedSeq: lastSeq };
}

function changedBy(head: Head, { seq, kind, body, sentAtMs }: Entry): Head {
  const { title, seconds } = body as { title?: string; seconds?: number | null };
  if (kind === "rename" && title !== undefined) return { ...head, title };
  const moved = { ...head, updatedAtMs: sentAtMs };
  return kind === "retention" ? withRetention(moved, seconds ?? undefined, { seq, nowMs: sentAtMs }) : head;
}
