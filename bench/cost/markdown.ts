/** Formats a number such as 12 345.6 with the given decimals and the digit groups of the docs. */
export function formatNumber(value: number, decimals = 0): string {
  const [whole = "", part] = value.toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, " ");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** Formats dollars, with cents below 100. */
export function formatUsd(value: number): string {
  return formatNumber(value, value < 100 ? 2 : 0);
}

/** Formats a number of units with about three significant digits. */
export function formatUnits(value: number): string {
  if (value === 0) return "0";
  if (value >= 100) return formatNumber(value);
  return value >= 10
    ? formatNumber(value, 1)
    : value >= 0.005
      ? formatNumber(value, 2)
      : value.toPrecision(1);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Formats a table for a terminal: the first column is left-aligned, the others are right-aligned. */
export function textColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
