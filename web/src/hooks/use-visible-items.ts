import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Time without scrolling after which the items in sight are those the user looks at. */
const SETTLED_MS = 400;

/** Calls `onVisible` with the items that a scrolling list shows, once it stands still after scrolling or a change. */
export function useVisibleItems<T>(
  list: RefObject<HTMLElement | null>,
  items: readonly T[],
  onVisible: (visible: readonly T[]) => void,
): void {
  const latest = useRef({ items, onVisible });
  latest.current = { items, onVisible };
  const look = useRef<(() => void) | undefined>(undefined);

  useEffect(() => {
    const region = list.current;
    if (region === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const report = () => {
      const { items, onVisible } = latest.current;
      const { top, bottom } = region.getBoundingClientRect();
      const isVisible = (_: T, index: number) => {
        const item = region.children[index]?.getBoundingClientRect();
        return item !== undefined && item.bottom > top && item.top < bottom;
      };
      onVisible(items.filter(isVisible));
    };
    look.current = () => {
      clearTimeout(timer);
      timer = setTimeout(report, SETTLED_MS);
    };
    const schedule = () => look.current?.();
    const observer = new ResizeObserver(schedule);
    observer.observe(region);
    region.addEventListener("scroll", schedule, { passive: true });
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      region.removeEventListener("scroll", schedule);
    };
  }, [list]);

  useEffect(() => look.current?.(), [items]);
}
