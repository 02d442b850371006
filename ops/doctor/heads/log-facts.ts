import { previewOfTail } from "../../../functions/core/log/preview.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { type Entry, isRewrite, isSolitary, type Preview } from "../../../protocol/index.ts";

/** Facts about entries that are stored together, without their texts: what the doctor remembers of a segment. */
export interface PartFacts {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstSentAtMs: number;
  readonly lastSentAtMs: number;
  readonly preview: Preview | undefined;
  /** Entries that change members, title or retention. */
  readonly changes: readonly Entry[];
  /** Edits and deletions, and the entries that show one. */
  readonly rewrites: readonly RewriteFact[];
}

type RewriteFact =
  | { readonly kind: "edit"; readonly seq: number; readonly of: number; readonly hasText: boolean }
  | { readonly kind: "delete"; readonly seq: number; readonly of: number }
  | {
      readonly kind: "target";
      readonly seq: number;
      readonly editSeq: number | undefined;
      readonly isDeleted: boolean;
    };

export interface SegmentFacts extends PartFacts {
  readonly headVersion: string;
  readonly expiresAtMs?: number | undefined;
}

export function segmentFacts({ entries, headVersion, expiresAtMs }: Segment): SegmentFacts | undefined {
  const facts = partFacts(entries);
  return facts && { ...facts, headVersion, ...(expiresAtMs !== undefined && { expiresAtMs }) };
}

/** Returns undefined if there are no entries. */
export function partFacts(entries: readonly Entry[]): PartFacts | undefined {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    firstSeq: first.seq,
    lastSeq: last.seq,
    firstSentAtMs: first.sentAtMs,
    lastSentAtMs: last.sentAtMs,
    preview: previewOfTail(entries),
    changes: entries.filter(({ kind }) => isSolitary(kind)),
    rewrites: entries.flatMap(rewriteFact),
  };
}

/** True if these are entries with consecutive seqs and times that do not go back. */
export function isSound(entries: readonly Entry[]): boolean {
  return entries.every((entry, index) => {
    const before = entries[index - 1];
    const isEntry = [entry.id, entry.sender, entry.kind].every((field) => typeof field === "string");
    if (!isEntry || !Number.isSafeInteger(entry.seq) || typeof entry.sentAtMs !== "number") return false;
    return before === undefined || (entry.seq === before.seq + 1 && entry.sentAtMs >= before.sentAtMs);
  });
}

function rewriteFact({ seq, kind, body, editSeq, deletedAtMs }: Entry): RewriteFact | [] {
  if (isRewrite(kind)) {
    const { of, text } = body as { of: number; text?: string };
    if (kind === "edit") return { kind, seq, of, hasText: text !== undefined };
    return kind === "delete" ? { kind, seq, of } : [];
  }
  const isDeleted = deletedAtMs !== undefined;
  return editSeq === undefined && !isDeleted ? [] : { kind: "target", seq, editSeq, isDeleted };
}
