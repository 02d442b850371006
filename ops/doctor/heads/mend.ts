import { versionAbove } from "../../../functions/core/log/head-version.ts";
import { retentionOf } from "../../../functions/core/log/retention.ts";
import type { Head, Member, Segment } from "../../../functions/ports/conversation-log.ts";
import type { Entry } from "../../../protocol/index.ts";
import type { Mend } from "./diagnose.ts";
import type { HeadsStore } from "./heads-store.ts";
import type { SegmentFacts } from "./log-facts.ts";
import type { Cut } from "./log-shape.ts";
import { entriesConcerned, rewrittenEntries, withEntries } from "./rewritten-parts.ts";

/** Segments of one transaction: a segment has up to 350 KB, a transaction 4 MB. */
const SEGMENTS_PER_CHANGE = 10;
/** Members of one transaction, which has up to 90 rows: a member has two. */
const MEMBERS_PER_CHANGE = 40;

/**
 * Makes the writes of a mend, each conditional on the head that it was planned on. Returns false if somebody else was
 * faster: what is left must be diagnosed anew. A mend that stops half-way is taken up by the next one.
 */
export async function applyMend(
  store: HeadsStore,
  conversation: string,
  mend: Mend,
  stored: readonly SegmentFacts[],
  signal: AbortSignal,
): Promise<boolean> {
  const cut = await cutSegments(store, conversation, mend.cuts);
  const rewritten = await rewrite(store, conversation, mend, stored);
  const segments = [
    ...mend.filled.map((entries) => filledSegment(entries, mend.after)),
    ...cut,
    ...rewritten.segments,
  ];
  const steps = stepsOf(segments, mend.members);
  let before = mend.before;
  let after = rewritten.head;
  for (const step of steps) {
    const result = await store.log.change(conversation, { before, after, ...step }, signal);
    if (!result.done) return false;
    [before, after] = [after, { ...after, version: versionAbove([after.version]) }];
  }
  for (const { segment, keep } of mend.cuts) {
    if (keep.some(([from]) => from === segment.firstSeq)) continue;
    await store.deleteSegment(conversation, segment.firstSeq, segment.headVersion);
  }
  for (const { user, muted } of mend.muted) await store.log.mute(conversation, user, muted === true, signal);
  return true;
}

interface WriteStep {
  readonly segments: readonly Segment[];
  readonly members: readonly Member[];
}

/** Divides writes into transactions; the first one is the head's, also if there is nothing else. */
function stepsOf(segments: readonly Segment[], members: readonly Member[]): WriteStep[] {
  const [first = [], ...others] = chunks(segments, SEGMENTS_PER_CHANGE);
  const [some = [], ...rest] = chunks(members, MEMBERS_PER_CHANGE);
  return [
    { segments: first, members: some },
    ...others.map((chunk) => ({ segments: chunk, members: [] })),
    ...rest.map((chunk) => ({ segments: [], members: chunk })),
  ];
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function filledSegment(entries: readonly Entry[], head: Head): Segment {
  const { version } = head;
  const retentionSeconds = retentionOf(head, entries.at(-1)?.seq ?? 0);
  const expiresAtMs =
    retentionSeconds === undefined ? undefined : (entries.at(-1)?.sentAtMs ?? 0) + retentionSeconds * 1000;
  return { entries, headVersion: version, ...(expiresAtMs !== undefined && { expiresAtMs }) };
}

async function cutSegments(
  store: HeadsStore,
  conversation: string,
  cuts: readonly Cut[],
): Promise<Segment[]> {
  const pieces: Segment[] = [];
  for (const { segment, keep } of cuts) {
    const stored = await store.segment(conversation, segment.firstSeq);
    if (stored?.headVersion !== segment.headVersion) continue;
    for (const [from, to] of keep) {
      pieces.push({ ...stored, entries: stored.entries.filter(({ seq }) => seq >= from && seq <= to) });
    }
  }
  return pieces;
}

/** Returns the segments and the head in which outdated entries are as the log says. */
async function rewrite(
  store: HeadsStore,
  conversation: string,
  { outdated, after }: Mend,
  stored: readonly SegmentFacts[],
): Promise<{ segments: Segment[]; head: Head }> {
  const concerned = new Set(entriesConcerned(outdated));
  const facts = stored.filter(({ firstSeq, lastSeq }) => {
    if (firstSeq >= after.tailFirst) return false;
    for (let seq = firstSeq; seq <= lastSeq; seq++) if (concerned.has(seq)) return true;
    return false;
  });
  const segments: Segment[] = [];
  for (const { firstSeq } of facts) {
    const segment = await store.segment(conversation, firstSeq);
    if (segment !== undefined) segments.push(segment);
  }
  const entries = [...segments.flatMap((segment) => segment.entries), ...after.tail];
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  const changed = withEntries({ segments, head: after }, rewrittenEntries(outdated, bySeq));
  const headVersion = after.version;
  return { ...changed, segments: changed.segments.map((segment) => ({ ...segment, headVersion })) };
}
