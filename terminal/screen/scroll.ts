/** List of items of one or more rows each. */
export interface Items {
  readonly count: number;
  rows(index: number): readonly string[];
}

/** Position of a row: an item and a row in it. */
export interface RowPosition {
  readonly item: number;
  readonly row: number;
}

/** Returns the position of the last row. */
export function lastPosition(items: Items): RowPosition {
  const item = items.count - 1;
  return { item, row: items.rows(item).length - 1 };
}

export interface VisibleRows {
  readonly rows: readonly string[];
  /** True if the first row is the very first one. */
  readonly isTop: boolean;
}

/** Returns at most `height` rows that end at `bottom`. Lays out only the items that are visible. */
export function rowsAbove(bottom: RowPosition, height: number, items: Items): VisibleRows {
  let rows = items.rows(bottom.item).slice(0, bottom.row + 1);
  let { item } = bottom;
  while (item > 0 && rows.length < height) {
    item -= 1;
    rows = [...items.rows(item), ...rows];
  }
  return { rows: rows.slice(Math.max(0, rows.length - height)), isTop: item === 0 && rows.length <= height };
}

/** Moves a bottom position down by a number of rows, or up if it is negative, and keeps a window of this height full. */
export function scrollBy(bottom: RowPosition, by: number, height: number, items: Items): RowPosition {
  if (by > 0) return moveDown(bottom, by, items);
  const higher = moveUp(bottom, -by, items);
  return moveDown(higher, height - rowsAbove(higher, height, items).rows.length, items);
}

function moveDown({ item, row }: RowPosition, by: number, items: Items): RowPosition {
  let left = by;
  let [at, rowAt] = [item, row];
  for (;;) {
    const below = items.rows(at).length - 1 - rowAt;
    if (left <= below) return { item: at, row: rowAt + left };
    if (at === items.count - 1) return lastPosition(items);
    left -= below + 1;
    at += 1;
    rowAt = 0;
  }
}

function moveUp({ item, row }: RowPosition, by: number, items: Items): RowPosition {
  let left = by;
  let [at, rowAt] = [item, row];
  while (left > rowAt) {
    if (at === 0) return { item: 0, row: 0 };
    left -= rowAt + 1;
    at -= 1;
    rowAt = items.rows(at).length - 1;
  }
  return { item: at, row: rowAt - left };
}
