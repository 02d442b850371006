/** Prints a table whose columns are as wide as their widest cell. The first column is aligned to the left. */
export function printTable(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const width = (column: string) => Math.max(column.length, ...rows.map((row) => String(row[column]).length));
  const line = (cell: (column: string) => string | number) =>
    columns
      .map((column, index) => {
        const text = String(cell(column));
        return index === 0 ? text.padEnd(width(column)) : text.padStart(width(column));
      })
      .join("  ");
  console.log(line((column) => column));
  for (const row of rows) console.log(line((column) => row[column] ?? ""));
}
