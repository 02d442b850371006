import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** So near counts as the end: a line more should not let go of it. */
const END_PX = 40;
/** So near to the top there should soon be more. */
const TOP_PX = 600;

export interface StableScrollOptions {
  /** Of what is scrolled: another one starts at its end. */
  readonly key: unknown;
  /** Identify the first and the last element. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** The last element is to be shown, wherever one is. */
  readonly toEnd: boolean;
}

/**
 * A region that stays where it is looked at: at its end when something is added there, and in its place when something is
 * put above.
 */
export function useStableScroll({ key, first, last, toEnd }: StableScrollOptions) {
  const element = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [nearTop, setNearTop] = useState(false);
  /** As it was before this rendering. */
  const before = useRef({ key: undefined as unknown, first, last, height: 0, view: 0, top: 0, atEnd: true });

  const note = useCallback(() => {
    const region = element.current;
    if (region === null) return;
    const { scrollHeight, scrollTop, clientHeight } = region;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= END_PX;
    Object.assign(before.current, {
      height: scrollHeight,
      view: clientHeight,
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
    // The button that brought one here is gone.
    region.focus();
    note();
  }, [note]);

  const onScroll = useCallback(() => {
    const { atEnd: wasAtEnd, view } = before.current;
    // Scrolled by a change of its size, not by anybody: the observer below puts it right.
    if (!wasAtEnd || element.current?.clientHeight === view) note();
  }, [note]);

  useLayoutEffect(() => {
    const region = element.current;
    const was = before.current;
    if (region === null) return;
    const isOther = was.key !== key;
    const isAppended = was.last !== last;
    if (isOther || was.atEnd || (toEnd && isAppended)) region.scrollTop = region.scrollHeight;
    else if (was.first !== first) region.scrollTop = was.top + region.scrollHeight - was.height;
    Object.assign(was, { key, first, last });
    note();
  });

  // A keyboard that slides in, a field that grows, a font that arrives.
  useEffect(() => {
    const region = element.current;
    if (region === null) return;
    const observer = new ResizeObserver(() => {
      if (before.current.atEnd) region.scrollTop = region.scrollHeight;
      note();
    });
    observer.observe(region);
    for (const child of region.children) observer.observe(child);
    return () => observer.disconnect();
  }, [note]);

  return { element, atEnd, onScroll, goToEnd, nearTop };
}
