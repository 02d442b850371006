/**
 * Kind of damage that a torn restore leaves:
 * - `unreadable`: an item has an unknown schema number or does not parse
 * - `head-missing`: segments or rows of a conversation without a head
 * - `head-behind`: segments of later writes than the head
 * - `overlap`: two segments with the same entries
 * - `hole`: entries that are in no segment; `mark`: the head marks other holes than there are
 * - `entry`: an entry that does not show its edit or deletion
 * - `counts`: member counts that the rows do not confirm
 * - `member-row`, `inbox-row`: a row that is missing or older than the log or its other copy
 * - `busy`: not judged, because it changed while it was read
 */
type FindingKind =
  | "unreadable"
  | "head-missing"
  | "head-behind"
  | "overlap"
  | "hole"
  | "mark"
  | "entry"
  | "counts"
  | "member-row"
  | "inbox-row"
  | "busy";

/** Remedy of a finding: `mend` loses nothing that is stored, `mark` notes in the head what is lost, `none` is left. */
type Remedy = "mend" | "mark" | "none";

/** Damage of one conversation. Holds ids, seqs and counts, never an entry's text or a title. */
export interface Finding {
  readonly kind: FindingKind;
  readonly detail: string;
  readonly remedy: Remedy;
  /** True for a hole that the head marks already. */
  readonly isDone?: boolean;
  /** Next step for the operator, if the doctor cannot take it. */
  readonly todo?: string;
}

export function formatRange([from, to]: readonly [number, number]): string {
  return from === to ? `entry ${from}` : `entries ${from} to ${to}`;
}
