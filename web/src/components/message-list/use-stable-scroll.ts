import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Distance in pixels that still counts as the end: one more line should not leave it. */
const END_PX = 40;
/** Distance in pixels from the top at which older entries are needed. */
const TOP_PX = 600;

export interface StableScrollOptions {
  /** Identifies the content: a different one starts at its end. */
  readonly contentKey: unknown;
  /** Identify the first and the last element. */
  readonly firstKey: string | undefined;
  readonly lastKey: string | undefined;
  /** Scrolls to a new last element from anywhere, not only from the end. */
  readonly followLast: boolean;
}

/**
 * Keeps the scroll position of a region stable: at the end it stays at the end when elements are appended, elsewhere the
 * visible elements keep their place when others are inserted above.
 */
export function useStableScroll({ contentKey, firstKey, lastKey, followLast }: StableScrollOptions) {
  const element = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [nearTop, setNearTop] = useState(false);
  /** State before this rendering. */
  const previous = useRef({
    contentKey: undefined as unknown,
    firstKey,
    lastKey,
    height: 0,
    viewHeight: 0,
    top: 0,
    atEnd: true,
  });

  const measure = useCallback(() => {
    const region = element.current;
    if (region === null) return;
    const { scrollHeight, scrollTop, clientHeight } = region;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= END_PX;
    Object.assign(previous.current, {
      height: scrollHeight,
      viewHeight: clientHeight,
      top: scrollTop,
      atEnd: isAtEnd,
    });
    setAtEnd(isAtEnd);
    setNearTop(scrollTop < TOP_PX);
  }, []);

  const goToEnd = useCallback(() => {
    const region = element.current;
    if (region === null) return;
    region.scrollTop = region.scrollHeight;
    // The button that was pressed is gone now.
    region.focus();
    measure();
  }, [measure]);

  const onScroll = useCallback(() => {
    const { atEnd: wasAtEnd, viewHeight } = previous.current;
    // A resize at the end scrolls too, without the user: the observer below corrects that.
    if (!wasAtEnd || element.current?.clientHeight === viewHeight) measure();
  }, [measure]);

  useLayoutEffect(() => {
    const region = element.current;
    const was = previous.current;
    if (region === null) return;
    const isOther = was.contentKey !== contentKey;
    const isAppended = was.lastKey !== lastKey;
    if (isOther || was.atEnd || (followLast && isAppended)) region.scrollTop = region.scrollHeight;
    else if (was.firstKey !== firstKey) region.scrollTop = was.top + region.scrollHeight - was.height;
    Object.assign(was, { contentKey, firstKey, lastKey });
    measure();
  });

  // The on-screen keyboard opens, the composer grows, or a font is loaded.
  useEffect(() => {
    const region = element.current;
    if (region === null) return;
    const observer = new ResizeObserver(() => {
      if (previous.current.atEnd) region.scrollTop = region.scrollHeight;
      measure();
    });
    observer.observe(region);
    for (const child of region.children) observer.observe(child);
    return () => observer.disconnect();
  }, [measure]);

  return { element, atEnd, onScroll, goToEnd, nearTop };
}
