import { closed, isOpen, opened } from "../../../functions/core/log/readable-ranges.ts";
import type { Head, Member, SeqRange } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import type { Trace } from "./membership-trail.ts";

interface Copies {
  readonly user: string;
  readonly member: Member | undefined;
  readonly row: InboxRow | undefined;
  readonly trace: Trace | undefined;
}

/**
 * Returns the member row that a user should have. The log decides, then the member row; an inbox row alone is believed
 * only if the log confirms it. Undefined if the user was never a member, as far as that can be known.
 */
export function expectedMember(
  { user, member, row, trace }: Copies,
  { history, lastSeq }: Pick<Head, "history" | "lastSeq">,
): Member | undefined {
  const copies = [member, row].filter((copy) => copy !== undefined);
  const wholeHistory = history === "all";
  const agreeing = trace && copies.find((copy) => agrees(copy, trace, wholeHistory));
  const copy = agreeing ?? member ?? (trace && row);
  if (copy === undefined && trace === undefined) return undefined;
  const ranges = copy?.ranges ?? [];
  const followed = trace && agreeing === undefined ? follow(ranges, trace, wholeHistory) : ranges;
  const role = agreeing?.role ?? trace?.role ?? copy?.role ?? "member";
  const { blocked, muted } = member ?? row ?? {};
  return {
    user,
    role,
    ranges: upTo(followed, lastSeq),
    ...(blocked && { blocked }),
    ...(muted && { muted }),
  };
}

function agrees(
  { role, ranges }: Pick<Member, "role" | "ranges">,
  trace: Trace,
  wholeHistory: boolean,
): boolean {
  if (isOpen(ranges) !== trace.isOpen) return false;
  const [from = 0, to] = ranges.at(-1) ?? [];
  if (!trace.isOpen) return to === trace.seq;
  const begins = trace.seq === undefined || from === trace.seq || (wholeHistory && from === 1);
  return begins && (trace.role === undefined || trace.role === role);
}

/** Brings ranges from an earlier or later time to what the log says. In doubt the user may read less. */
function follow(ranges: readonly SeqRange[], trace: Trace, wholeHistory: boolean): readonly SeqRange[] {
  const { seq } = trace;
  if (seq === undefined) return isOpen(ranges) ? ranges : [...ranges, [Number.MAX_SAFE_INTEGER]];
  const before = ranges.filter(([, to]) => to !== undefined && to < seq);
  const since = ranges.find(([from, to]) => from <= seq && (to === undefined || to >= seq));
  if (!trace.isOpen) return since === undefined ? before : closed([...before, [since[0]]], seq);
  return opened(before, seq, wholeHistory);
}

/** Cuts ranges at the end of the log: entries after it will be others than those that the ranges mean. */
function upTo(ranges: readonly SeqRange[], lastSeq: number): SeqRange[] {
  return ranges.flatMap(([from, to]): SeqRange[] => {
    if (to === undefined) return [[Math.min(from, lastSeq + 1)]];
    return from > lastSeq ? [] : [[from, Math.min(to, lastSeq)]];
  });
}
