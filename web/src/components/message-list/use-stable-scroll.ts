import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Distance in pixels that still counts as the end: one more line should not leave it. */
const END_PX = 40;
/** Distance in pixels from the top at which older rows are needed. */
const TOP_PX = 600;
/** Space in pixels above the row that the content starts at, so that one sees what was before. */
const START_PX = 56;

/**
 * Position of the region: at its end, at a row that has this distance from the top edge, or where new content starts,
 * which is not known as long as rows are missing.
 */
type Place = "end" | "start" | RowPlace;

interface RowPlace {
  readonly key: string;
  readonly offset: number;
}

export interface StableScrollOptions {
  /** Identifies the content. What was shown before is shown where it was left. */
  readonly contentKey: object;
  /** The rows, which are the items of the region's list. */
  readonly rows: readonly { readonly key: string }[];
  /** Key of the row at which new content starts. @default the end, also if the row is visible there */
  readonly startKey: string | undefined;
  /** True while that row may not be loaded. */
  readonly isStartMissing: boolean;
  /** Scrolls to a new last row from anywhere, not only from the end. */
  readonly followLast: boolean;
  /** Called with the index of the last row that is visible. */
  readonly onSeen: (index: number) => void;
}

/** Places of contents that are not shown now. */
const leftPlaces = new WeakMap<object, Place>();

/**
 * Keeps the scroll position of a region stable, whatever becomes of its size and of that of its rows: at the end it stays
 * at the end, elsewhere the first visible row keeps its place. Only the user moves it.
 */
export function useStableScroll(options: StableScrollOptions) {
  const element = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [nearTop, setNearTop] = useState(false);
  const latest = useRef(options);
  latest.current = options;
  const place = useRef<Place>("start");
  const contentKey = useRef<object | undefined>(undefined);
  const lastKey = useRef<string | undefined>(undefined);
  /** Where the region was scrolled to when it was last looked at, and the first row that was visible there. */
  const known = useRef({ top: 0, row: undefined as RowPlace | undefined });

  /** Notes a place that the user has scrolled to, scrolls to the place where sizes have changed, and reports what is seen. */
  const restore = useCallback(() => {
    const region = element.current;
    if (region === null) return;
    const { contentKey, rows, startKey, isStartMissing, onSeen } = latest.current;
    const indexOf = (key: string | undefined) => rows.findLastIndex((row) => row.key === key);
    // Where the browser leaves the region by itself when sizes change.
    const { top, row } = known.current;
    const moved = region.scrollTop - Math.min(top, region.scrollHeight - region.clientHeight);
    const isMoved = Math.abs(moved) > 1 && row !== undefined;
    if (isMoved) place.current = { key: row.key, offset: row.offset - moved };

    const wanted = place.current;
    const index = indexOf(typeof wanted === "object" ? wanted.key : startKey);
    if (typeof wanted !== "object") region.scrollTop = region.scrollHeight;
    else if (index >= 0) region.scrollTop += offsetOf(region, index) - wanted.offset;
    if (wanted === "start" && index >= 0) {
      if (isStartMissing) region.scrollTop = 0;
      else if (offsetOf(region, index) < 0) region.scrollTop += offsetOf(region, index) - START_PX;
    }

    const isAtEnd = distanceToEnd(region) <= END_PX;
    const first = firstRowBelow(region, region.getBoundingClientRect().top);
    const key = rows[first]?.key;
    const firstVisible = key === undefined ? undefined : { key, offset: offsetOf(region, first) };
    known.current = { top: region.scrollTop, row: firstVisible };
    if (wanted !== "start" || !isStartMissing) {
      if (isAtEnd || firstVisible === undefined) place.current = "end";
      // Otherwise it stays, so that it does not drift by rounding.
      else if (isMoved || index < 0 || wanted === "start") place.current = firstVisible;
      leftPlaces.set(contentKey, place.current);
      onSeen(isAtEnd ? rows.length - 1 : firstRowBelow(region, region.getBoundingClientRect().bottom) - 1);
    }
    setAtEnd(isAtEnd);
    setNearTop(region.scrollTop < TOP_PX);
  }, []);

  const jumpTo = useCallback((to: Place) => {
    place.current = to;
    known.current = { top: 0, row: undefined };
  }, []);

  const goToEnd = useCallback(() => {
    jumpTo("end");
    restore();
    // The button that was pressed is gone now.
    element.current?.focus();
  }, [jumpTo, restore]);

  useLayoutEffect(() => {
    const { rows, followLast } = options;
    const last = rows.at(-1)?.key;
    if (contentKey.current !== options.contentKey) {
      contentKey.current = options.contentKey;
      const left = leftPlaces.get(options.contentKey);
      const isKept = typeof left === "object" && rows.some(({ key }) => key === left.key);
      jumpTo(isKept ? left : "start");
    } else if (followLast && last !== lastKey.current) jumpTo("end");
    lastKey.current = last;
    restore();
  });

  // The on-screen keyboard opens, the composer grows, the window is turned, or a font is loaded.
  useEffect(() => {
    const region = element.current;
    if (region === null) return;
    const observer = new ResizeObserver(restore);
    observer.observe(region);
    for (const child of region.children) observer.observe(child);
    return () => observer.disconnect();
  }, [restore]);

  return { element, atEnd, onScroll: restore, goToEnd, nearTop };
}

function distanceToEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight;
}

function rowsIn(region: HTMLElement): HTMLCollection {
  return (region.querySelector("ol") as HTMLElement).children;
}

/** Returns the distance of a row from the top edge of the region. */
function offsetOf(region: HTMLElement, index: number): number {
  const row = rowsIn(region)[index];
  if (row === undefined) return 0;
  return row.getBoundingClientRect().top - region.getBoundingClientRect().top;
}

/** Returns the index of the first row whose bottom is below `y`; the number of rows if there is none. */
function firstRowBelow(region: HTMLElement, y: number): number {
  const rows = rowsIn(region);
  let [from, to] = [0, rows.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((rows[middle] as Element).getBoundingClientRect().bottom > y) to = middle;
    else from = middle + 1;
  }
  return from;
}
