import { directConversationId, isDirect, peerOf } from "../../../functions/core/log/conversation-id.ts";
import { isOpen } from "../../../functions/core/log/readable-ranges.ts";
import type { Head, Member } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import { expectedMembers } from "./expected-members.ts";
import { type Finding, formatRange } from "./finding.ts";
import { type Cut, type Interval, type LogShape, logShape } from "./log-shape.ts";
import { membershipTrail } from "./membership-trail.ts";
import { countsOf, mendedHead } from "./mended-head.ts";
import { type OutdatedEntry, outdatedEntries } from "./outdated-entries.ts";
import { seedHead } from "./seed-head.ts";
import type { StoredConversation } from "./stored-conversation.ts";

/** Writes that mend a conversation, planned on the head `before`. */
export interface Mend {
  readonly before: Head | undefined;
  readonly after: Head;
  readonly filled: LogShape["filled"];
  readonly cuts: readonly Cut[];
  readonly outdated: readonly OutdatedEntry[];
  /** Rows to write, each with its copy in the inbox. In a direct conversation both or none. */
  readonly members: readonly Member[];
  /** Members whose inbox row does not agree that they are muted. */
  readonly muted: readonly Member[];
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Undefined if there is nothing to mend or mark. */
  readonly mend: Mend | undefined;
}

const COPY = "Copy its items from the table of before the restore, if it is still there, and run this again.";

/** Finds what is wrong with a conversation, and what mends it. */
export function diagnose(stored: StoredConversation, nowMs: number): Diagnosis {
  const { head: found, unreadable, segments } = stored;
  if (unreadable.length > 0) return { findings: unreadable.map(unreadableItem), mend: undefined };
  const head = found ?? seedHead(stored);
  if (head === undefined) return { findings: [headMissing(stored, "none")], mend: undefined };
  const shape = logShape(head, segments, nowMs);
  const trail = membershipTrail(shape.parts, shape.gaps);
  const members = expectedMembers(stored, trail, { history: head.history, lastSeq: shape.lastSeq });
  if (found === undefined && !isWhole(stored, members)) {
    return { findings: [headMissing(stored, "none")], mend: undefined };
  }
  const missing = missingRanges(head, shape);
  const rows = rowFindings(stored, members, shape.lastSeq);
  const outdated = outdatedEntries(shape.parts);
  const findings = [
    ...(found === undefined ? [headMissing(stored, "mend")] : headFindings(head, shape)),
    ...shape.cuts.map(overlap),
    ...holeFindings(head, shape, missing),
    ...(found === undefined ? [] : countFindings(head, members)),
    ...rows.findings,
    ...outdated.map(entryFinding),
  ];
  const changesLog = found === undefined || shape.ahead.length > 0 || shape.cuts.length > 0;
  const mendable = outdated.filter(({ canMend }) => canMend);
  const mend: Mend = {
    before: found,
    after: mendedHead(head, shape, members, segments, missing),
    filled: shape.filled,
    cuts: shape.cuts,
    // What the segments of a mended log hold is looked at once it is mended.
    outdated: changesLog ? [] : mendable,
    members: found === undefined ? members : rows.toWrite,
    muted: rows.muted,
  };
  return { findings, mend: findings.some(isOpenFinding) ? mend : undefined };
}

function isOpenFinding({ remedy, isDone }: Finding): boolean {
  return remedy !== "none" && !isDone;
}

function unreadableItem(sk: string): Finding {
  const todo = "Only a version of Parley that knows this form can mend it.";
  return {
    kind: "unreadable",
    detail: `${sk} has an unknown schema number or does not parse`,
    remedy: "none",
    todo,
  };
}

function headMissing({ segments, members, rows }: StoredConversation, remedy: "mend" | "none"): Finding {
  const detail = `no head, but segments: ${segments.length}, member rows: ${members.length}, inbox rows: ${rows.size}`;
  return { kind: "head-missing", detail, remedy, ...(remedy === "none" && { todo: COPY }) };
}

/** True if the members of a conversation without a head are known. */
function isWhole({ conversation }: StoredConversation, members: readonly Member[]): boolean {
  if (!isDirect(conversation)) return members.length > 0;
  const [one, other] = members.map(({ user }) => user);
  return one !== undefined && directConversationId(one, other ?? one) === conversation;
}

function headFindings(head: Head, { ahead, isRewrittenLater, lastSeq }: LogShape): Finding[] {
  if (ahead.length > 0) {
    const detail = `the head ends at ${head.lastSeq}, its segments go on to ${lastSeq}`;
    return [{ kind: "head-behind", detail, remedy: "mend" }];
  }
  const detail = "a segment is of a later write than the head";
  return isRewrittenLater ? [{ kind: "head-behind", detail, remedy: "mend" }] : [];
}

function overlap({ segment: { firstSeq, lastSeq } }: Cut): Finding {
  const detail = `${formatRange([firstSeq, lastSeq])} of a segment are in a newer one too`;
  return { kind: "overlap", detail, remedy: "mend" };
}

/** Returns the holes, and the marked ranges that are still missing although retention would explain it by now. */
function missingRanges({ missing = [] }: Head, { holes, gaps }: LogShape): Interval[] {
  const isIn = ([from, to]: Interval, others: readonly Interval[]) =>
    others.some(([first, last]) => first <= from && to <= last);
  const older = missing.filter((range) => isIn(range, gaps) && !isIn(range, holes));
  return [...older, ...holes].sort(([a], [b]) => a - b);
}

function holeFindings({ missing = [] }: Head, { holes }: LogShape, wanted: readonly Interval[]): Finding[] {
  const isMarked = (range: Interval) => missing.some((mark) => String(mark) === String(range));
  const outdated = missing.filter((mark) => !wanted.some((range) => String(mark) === String(range)));
  return [
    ...holes.map(
      (range): Finding => ({
        kind: "hole",
        detail: `${formatRange(range)}: missing, so readers hide what is before`,
        remedy: "mark",
        isDone: isMarked(range),
        todo: "Copy the segments from the table of before the restore, if it is still there, and run this again.",
      }),
    ),
    ...outdated.map(
      (range): Finding => ({
        kind: "mark",
        detail: `${formatRange(range)}: marked as missing`,
        remedy: "mend",
      }),
    ),
  ];
}

function countFindings(head: Head, members: readonly Member[]): Finding[] {
  const { memberCount, ownerCount } = countsOf(members);
  if (head.memberCount === memberCount && head.ownerCount === ownerCount) return [];
  const detail =
    `the head counts ${head.memberCount} members and ${head.ownerCount} owners, ` +
    `there are ${memberCount} and ${ownerCount}`;
  return [{ kind: "counts", detail, remedy: "mend" }];
}

function entryFinding({ seq, deleteSeq, canMend, editSeq }: OutdatedEntry): Finding {
  const cause =
    deleteSeq !== undefined ? `its deletion (${deleteSeq})` : `its edit (${editSeq ?? "a later one"})`;
  const todo = "The text of the edit is lost; its author can edit the entry again.";
  const detail = `entry ${seq} is stored as it was before ${cause}`;
  return { kind: "entry", detail, remedy: canMend ? "mend" : "none", ...(!canMend && { todo }) };
}

function rowFindings(stored: StoredConversation, members: readonly Member[], lastSeq: number) {
  const { conversation, rows } = stored;
  const byUser = new Map(stored.members.map((member) => [member.user, member]));
  const findings: Finding[] = [];
  const changed = new Set<string>();
  const muted: Member[] = [];
  for (const member of members) {
    const { user } = member;
    const [memberRow, inboxRow] = [byUser.get(user), rows.get(user)];
    const isMemberRowRight = memberRow === undefined ? !isOpen(member.ranges) : isSameRow(memberRow, member);
    const wanted = inboxCopy(conversation, member, members, lastSeq);
    const isInboxRowRight = inboxRow !== undefined && isSameCopy(inboxRow, wanted);
    if (!isMemberRowRight) findings.push(rowFinding("member-row", user, memberRow));
    if (!isInboxRowRight) findings.push(rowFinding("inbox-row", user, inboxRow));
    if (!isMemberRowRight || !isInboxRowRight) changed.add(user);
    const isMuteRight = [memberRow ?? member, inboxRow ?? member].every(
      (row) => !row.muted === !member.muted,
    );
    if (isMuteRight) continue;
    muted.push(member);
    if (isInboxRowRight) findings.push(rowFinding("inbox-row", user, inboxRow));
  }
  const known = new Set(members.map(({ user }) => user));
  const strangers = [...rows].filter(([user, { ranges }]) => !known.has(user) && isOpen(ranges));
  for (const [user] of strangers) findings.push(stranger(user));
  const isPair = isDirect(conversation) && changed.size > 0;
  return { findings, toWrite: members.filter(({ user }) => isPair || changed.has(user)), muted };
}

function rowFinding(kind: "member-row" | "inbox-row", user: string, row: object | undefined): Finding {
  const name = kind === "member-row" ? "member row" : "inbox row";
  const detail = row === undefined ? "is missing" : "is not as log and members say";
  return { kind, detail: `the ${name} of ${user} ${detail}`, remedy: "mend" };
}

function stranger(user: string): Finding {
  const detail = `the inbox row of ${user} claims a membership that neither a member row nor the log confirms`;
  return { kind: "inbox-row", detail, remedy: "none", todo: COPY };
}

/** Returns what an inbox row must have of its member row. */
function inboxCopy(conversation: string, member: Member, members: readonly Member[], lastSeq: number) {
  const { user, role, ranges, blocked } = member;
  const other = members.find((candidate) => candidate.user !== user);
  const direct = isDirect(conversation) && {
    peer: peerOf(user, members),
    blocking: other?.blocked === true,
    silent: lastSeq === 0,
  };
  return { role, ranges, blocked: blocked === true, ...direct };
}

function isSameCopy(row: InboxRow, wanted: ReturnType<typeof inboxCopy>): boolean {
  const { blocking = false, silent = false, peer } = row;
  const isPeerRight = wanted.peer === undefined || wanted.peer === peer;
  return (
    isSameRow(row, wanted) &&
    isPeerRight &&
    blocking === (wanted.blocking ?? blocking) &&
    silent === (wanted.silent ?? silent)
  );
}

type Row = Pick<Member, "role" | "ranges" | "blocked">;

function isSameRow(one: Row, other: Row): boolean {
  const isSameBlock = (one.blocked === true) === (other.blocked === true);
  return (
    one.role === other.role && isSameBlock && JSON.stringify(one.ranges) === JSON.stringify(other.ranges)
  );
}
