import type { Row } from "./rows.ts";

/** Sequence numbers that a group covers. */
const GROUP_SIZE = 32;

/** Neighbouring rows, which are rendered together when one of them changes. */
export interface RowGroup {
  readonly key: string;
  readonly rows: readonly Row[];
}

/**
 * Splits rows into groups, so that a change costs the same however many rows there are. A group covers fixed sequence
 * numbers: neither older nor newer rows move its rows to another one. What has no number belongs with its neighbour.
 */
export function groupRows(rows: readonly Row[]): RowGroup[] {
  const groups: { key: string; number: number; rows: Row[] }[] = [];
  let heads: Row[] = [];
  for (const row of rows) {
    if (!("entry" in row)) {
      heads.push(row);
      continue;
    }
    const current = groups.at(-1);
    const number = row.entry.seq === undefined ? current?.number : Math.floor(row.entry.seq / GROUP_SIZE);
    if (current !== undefined && number === current.number) current.rows.push(...heads, row);
    else groups.push({ key: `group ${number ?? ""}`, number: number ?? 0, rows: [...heads, row] });
    heads = [];
  }
  return groups;
}
