import { type Entry, utf8Bytes } from "../../../protocol/index.ts";
import type { ConversationLog, Head } from "../../ports/conversation-log.ts";
import type { Traces } from "../../ports/erasure.ts";
import { finished } from "../commit/head-write.ts";
import { EntryCache } from "../log/entry-cache.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { type LogPart, LogView } from "../log/log-view.ts";
import { previewOf } from "../log/preview.ts";
import { withoutText } from "../log/visibility.ts";
import { addTraces, type Erasure, erasedEntry, NO_TRACES, tracesIn, withoutContent } from "./erased-entry.ts";

export interface EraseLogDeps {
  readonly log: ConversationLog;
  readonly epochFloor: number;
  readonly headBytes: number;
}

/** Part of a conversation's log. */
export interface LogRange {
  readonly conversation: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Result of one step: the first seq that is not done, if there is one. */
export interface Step {
  readonly next: number | undefined;
  readonly traces: Traces;
}

/** Segments that are read at once. */
const SEGMENTS = 20;
/** Most entries that an edit links to those of one step: each may be in a segment of its own. */
const LINKS = 50;
/** Most rewritten bytes of one write: a transaction takes two units a kilobyte, and a partition 1 000 a second. */
const REWRITTEN_BYTES = 400 * 1024;

/** Counts what some segments have of a user, and changes nothing. */
export async function countInLog(
  { log, epochFloor }: EraseLogDeps,
  { conversation, fromSeq, toSeq }: LogRange,
  user: string,
  signal: AbortSignal,
): Promise<Step> {
  const head = await readHead({ log, epochFloor }, conversation, signal);
  if (head === undefined) return { next: undefined, traces: NO_TRACES };
  const { parts, next } = await readParts(log, { conversation, fromSeq, toSeq }, head, signal);
  return { next, traces: tracesOf(entriesOf(parts, { fromSeq, toSeq }), user) };
}

/**
 * Removes a user from some entries, in one write that is conditional on the head like any edit; the entries of the range
 * have left the tail. Undefined if another writer was faster.
 */
export async function eraseInLog(
  deps: EraseLogDeps,
  range: LogRange,
  erasure: Erasure,
  signal: AbortSignal,
): Promise<Step | undefined> {
  const { log, headBytes } = deps;
  const { conversation } = range;
  const head = await readHead(deps, conversation, signal);
  if (head === undefined) return { next: undefined, traces: NO_TRACES };
  const read = await readParts(log, range, head, signal);
  const cache = new EntryCache(log, conversation, head);
  cache.add(read.parts);
  const linked = withFewLinks(entriesOf(read.parts, range), erasure.user);
  await cache.readParts(
    linked.flatMap(({ links }) => links),
    signal,
  );
  const step = withinBytes(linked, cache, erasure);
  const next = step.length < linked.length ? linked[step.length]?.entry.seq : nextAfter(linked, read, range);
  const change = changeOf(step, erasure);
  const rewritten = rewrittenParts(step, cache, head, change);
  const tail = head.tail.map(change);
  const rewritesTail = tail.some((entry, index) => entry !== head.tail[index]);
  const traces = tracesOf(
    step.map(({ entry }) => entry),
    erasure.user,
  );
  if (rewritten.size === 0 && !rewritesTail) return { next, traces };
  const size = { headBytes, storedBytes: (one: Head) => log.storedBytes(conversation, one) };
  const { after, transaction } = finished(
    {
      before: head,
      after: { head: withPreview({ ...head, tail }, rewritten), members: [], complete: true },
      appended: [],
      frames: [],
      rewritten,
      rewritesTail,
      users: new Set(),
      speakers: new Map(),
    },
    size,
  );
  const { segments = [] } = transaction ?? {};
  const { done } = await log.change(
    conversation,
    { before: head, after: after.head, segments, members: [] },
    signal,
  );
  return done ? { next, traces } : undefined;
}

async function readHead(
  { log, epochFloor }: Pick<EraseLogDeps, "log" | "epochFloor">,
  conversation: string,
  signal: AbortSignal,
): Promise<Head | undefined> {
  const stored = await log.read(conversation, [], signal);
  return stored && raiseEpoch(stored.head, epochFloor);
}

interface Parts {
  readonly parts: readonly LogPart[];
  readonly next: number | undefined;
}

async function readParts(
  log: ConversationLog,
  { conversation, fromSeq, toSeq }: LogRange,
  head: Head,
  signal: AbortSignal,
): Promise<Parts> {
  const view = new LogView(log, conversation, head);
  const { segments } = await view.readForward({ fromSeq, toSeq, maxSegments: SEGMENTS }, signal);
  const last = segments.at(-1)?.entries.at(-1)?.seq;
  return { parts: segments, next: last === undefined || last >= toSeq ? undefined : last + 1 };
}

function entriesOf(
  parts: readonly LogPart[],
  { fromSeq, toSeq }: Pick<LogRange, "fromSeq" | "toSeq">,
): Entry[] {
  return parts.flatMap(({ entries }) => entries.filter(({ seq }) => seq >= fromSeq && seq <= toSeq));
}

/** An entry of a step, with the seqs of those that change with it. */
interface Linked {
  readonly entry: Entry;
  readonly links: readonly number[];
}

/** Returns the entries up to one with which there would be too many links. */
function withFewLinks(entries: readonly Entry[], user: string): Linked[] {
  const linked: Linked[] = [];
  let count = 0;
  for (const entry of entries) {
    const links = linksOf(entry, user);
    count += links.length;
    if (count > LINKS) break;
    linked.push({ entry, links });
  }
  return linked;
}

/** The user's text may have been edited by another, and another's text by the user. */
function linksOf({ sender, kind, body, editSeq }: Entry, user: string): number[] {
  if (sender !== user) return [];
  if (kind === "edit") return "text" in (body as object) ? [(body as { of: number }).of] : [];
  return editSeq === undefined ? [] : [editSeq];
}

/** Leaves out the last entries, if rewriting the segments of all is too much for one write. */
function withinBytes(linked: readonly Linked[], cache: EntryCache, erasure: Erasure): readonly Linked[] {
  const parts = new Set<LogPart>();
  let bytes = 0;
  for (const [index, { entry, links }] of linked.entries()) {
    if (erasedEntry(entry, erasure) === entry) continue;
    for (const seq of [entry.seq, ...links]) {
      const part = cache.partOf(seq);
      if (part === undefined || parts.has(part)) continue;
      parts.add(part);
      bytes += utf8Bytes(JSON.stringify(part.entries));
    }
    if (bytes > REWRITTEN_BYTES && index > 0) return linked.slice(0, index);
  }
  return linked;
}

function nextAfter(linked: readonly Linked[], { parts, next }: Parts, range: LogRange): number | undefined {
  return entriesOf(parts, range)[linked.length]?.seq ?? next;
}

/** Returns what a step does to each entry: to its own, to edits of the user's texts, and to texts that the user has edited. */
function changeOf(step: readonly Linked[], erasure: Erasure): (entry: Entry) => Entry {
  const own = new Set(step.map(({ entry }) => entry.seq));
  const isEdit = ({ entry }: Linked) => entry.kind === "edit";
  const edits = new Set(step.flatMap((one) => (isEdit(one) ? [] : one.links)));
  const ownEdits = new Set(
    step.flatMap((one) => (isEdit(one) && one.links.length > 0 ? [one.entry.seq] : [])),
  );
  return (entry) => {
    if (entry.kind === "edit" && edits.has(entry.seq)) return erasedIf(own, withoutText(entry), erasure);
    const { editSeq } = entry;
    const hasOwnText = entry.kind !== "edit" && editSeq !== undefined && ownEdits.has(editSeq);
    return erasedIf(own, hasOwnText ? withoutContent(entry, erasure.atMs) : entry, erasure);
  };
}

function erasedIf(own: ReadonlySet<number>, entry: Entry, erasure: Erasure): Entry {
  return own.has(entry.seq) ? erasedEntry(entry, erasure) : entry;
}

/** Returns the segments that change, by their first seq. */
function rewrittenParts(
  step: readonly Linked[],
  cache: EntryCache,
  { tailFirst }: Head,
  change: (entry: Entry) => Entry,
): Map<number, LogPart> {
  const seqs = step.flatMap(({ entry, links }) => [entry.seq, ...links]).filter((seq) => seq < tailFirst);
  const rewritten = new Map<number, LogPart>();
  for (const part of new Set(seqs.flatMap((seq) => cache.partOf(seq) ?? []))) {
    const entries = part.entries.map(change);
    const isChanged = entries.some((entry, index) => entry !== part.entries[index]);
    if (isChanged) rewritten.set(part.entries[0]?.seq ?? 0, { ...part, entries });
  }
  return rewritten;
}

function withPreview(head: Head, rewritten: ReadonlyMap<number, LogPart>): Head {
  const { preview } = head;
  const shown = [...rewritten.values()]
    .flatMap(({ entries }) => entries)
    .find(({ seq }) => seq === preview?.seq);
  return shown === undefined ? head : { ...head, preview: previewOf(shown) };
}

function tracesOf(entries: readonly Entry[], user: string): Traces {
  return entries.map((entry) => tracesIn(entry, user)).reduce(addTraces, NO_TRACES);
}
