import type { PartFacts } from "./log-facts.ts";

/** An entry that is stored in a form from before an edit or a deletion that the log has. */
export interface OutdatedEntry {
  readonly seq: number;
  /** The edit that holds the text that the entry must show. */
  readonly editSeq: number | undefined;
  /** The deletion that has taken the entry's text. */
  readonly deleteSeq: number | undefined;
  /** Edits that still hold a text of the entry although they must not. */
  readonly textsOf: readonly number[];
  /** False if no edit has the text any more. */
  readonly canMend: boolean;
}

interface Wanted {
  readonly edits: { readonly seq: number; readonly hasText: boolean }[];
  deleteSeq: number | undefined;
}

/** Finds entries whose segment is older than an edit or deletion of them. Reactions are not compared. */
export function outdatedEntries(parts: readonly PartFacts[]): OutdatedEntry[] {
  const facts = parts.flatMap(({ rewrites }) => rewrites);
  const shown = new Map(facts.flatMap((fact) => (fact.kind === "target" ? [[fact.seq, fact] as const] : [])));
  const wanted = new Map<number, Wanted>();
  for (const fact of facts) {
    if (fact.kind === "target") continue;
    const want = wanted.get(fact.of) ?? { edits: [], deleteSeq: undefined };
    wanted.set(fact.of, want);
    if (fact.kind === "edit") want.edits.push(fact);
    else want.deleteSeq = fact.seq;
  }
  return [...wanted].flatMap(([seq, want]) => {
    // An entry that is gone shows nothing.
    if (!holds(parts, seq)) return [];
    return outdated(seq, want, shown.get(seq)) ?? [];
  });
}

function outdated(
  seq: number,
  { edits, deleteSeq }: Wanted,
  shown: { readonly editSeq: number | undefined; readonly isDeleted: boolean } | undefined,
): OutdatedEntry | undefined {
  const last = edits.at(-1);
  const isDeleted = deleteSeq !== undefined || shown?.isDeleted === true;
  // An entry can show an edit that is lost; then no earlier one may have its text.
  const newest = Math.max(last?.seq ?? 0, shown?.editSeq ?? 0);
  const textsOf = edits
    .filter((edit) => edit.hasText && (isDeleted || edit.seq < newest))
    .map((edit) => edit.seq);
  const lacksDelete = deleteSeq !== undefined && shown?.isDeleted !== true;
  const lacksEdit = !isDeleted && last !== undefined && (shown?.editSeq ?? 0) < last.seq;
  if (!lacksDelete && !lacksEdit && textsOf.length === 0) return undefined;
  return {
    seq,
    editSeq: lacksEdit ? last.seq : undefined,
    deleteSeq: lacksDelete ? deleteSeq : undefined,
    textsOf,
    canMend: !lacksEdit || last.hasText,
  };
}

/** True if one of these parts, which are ascending, has the entry. */
function holds(parts: readonly PartFacts[], seq: number): boolean {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((parts[middle]?.lastSeq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return (parts[low]?.firstSeq ?? Number.POSITIVE_INFINITY) <= seq;
}
