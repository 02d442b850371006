import { withoutText } from "../../../functions/core/log/visibility.ts";
import type { Head, Segment } from "../../../functions/ports/conversation-log.ts";
import type { Entry } from "../../../protocol/index.ts";
import type { OutdatedEntry } from "./outdated-entries.ts";

/** Returns the entries, out of these, that change when outdated ones are brought to what the log says. */
export function rewrittenEntries(
  outdated: readonly OutdatedEntry[],
  bySeq: ReadonlyMap<number, Entry>,
): Entry[] {
  return outdated.flatMap(({ seq, editSeq, deleteSeq, textsOf }) => {
    const target = bySeq.get(seq);
    const edit = editSeq === undefined ? undefined : bySeq.get(editSeq);
    const deletion = deleteSeq === undefined ? undefined : bySeq.get(deleteSeq);
    const edits = textsOf.map((of) => bySeq.get(of)).filter((entry) => entry !== undefined);
    return [
      ...(target !== undefined && deletion !== undefined ? [deleted(target, deletion)] : []),
      ...(target !== undefined && edit !== undefined ? [edited(target, edit)] : []),
      ...edits.map(withoutText),
    ];
  });
}

/** Returns all entries that are needed to bring these to what the log says. */
export function entriesConcerned(outdated: readonly OutdatedEntry[]): number[] {
  return outdated.flatMap(({ seq, editSeq, deleteSeq, textsOf }) => [
    seq,
    ...(editSeq === undefined ? [] : [editSeq]),
    ...(deleteSeq === undefined ? [] : [deleteSeq]),
    ...textsOf,
  ]);
}

/** Returns segments and tail with these entries in place of their former selves; only the segments that change. */
export function withEntries(
  { segments, head }: { readonly segments: readonly Segment[]; readonly head: Head },
  entries: readonly Entry[],
): { segments: Segment[]; head: Head } {
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  const newest = (entry: Entry) => bySeq.get(entry.seq) ?? entry;
  const changed = segments.filter((segment) => segment.entries.some(({ seq }) => bySeq.has(seq)));
  return {
    segments: changed.map((segment) => ({ ...segment, entries: segment.entries.map(newest) })),
    head: { ...head, tail: head.tail.map(newest) },
  };
}

function deleted(target: Entry, { sentAtMs }: Entry): Entry {
  const { reactions: _, editSeq: __, ...rest } = target;
  return { ...rest, body: null, deletedAtMs: sentAtMs };
}

function edited(target: Entry, { seq, sentAtMs, body }: Entry): Entry {
  const { text } = body as { text: string };
  return { ...target, body: { text }, editedAtMs: sentAtMs, editSeq: seq };
}
