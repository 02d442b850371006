import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/**
 * Makes a list one tab stop, however long it is: the arrow keys, Home and End move the focus between its items, each of
 * which holds one element that can be focused.
 *
 * @param keys of the items, in their order
 * @param current key of the item that Tab leads to; the first by default
 */
export function useRovingFocus(
  list: RefObject<HTMLElement | null>,
  keys: readonly string[],
  current: string | undefined,
) {
  const [focused, setFocused] = useState<string>();
  const tabStop = focused !== undefined && keys.includes(focused) ? focused : (current ?? keys[0]);

  // An item that moves, since it is the newest now, loses the focus: browsers blur what is inserted elsewhere.
  const before = list.current?.contains(document.activeElement) ? document.activeElement : null;
  useLayoutEffect(() => {
    if (before?.isConnected && document.activeElement === document.body)
      (before as HTMLElement).focus({ preventScroll: true });
  });

  const keyOf = (item: Element | null) => keys[[...(list.current?.children ?? [])].indexOf(item as Element)];
  const itemOf = (target: EventTarget | null) => (target instanceof Element ? target.closest("li") : null);

  const onKeyDown = (event: KeyboardEvent) => {
    const item = itemOf(event.target);
    const next = item === null || hasModifier(event) ? undefined : STEPS[event.key]?.(item);
    if (next === undefined) return;
    next?.querySelector<HTMLElement>("[tabindex]")?.focus();
    event.preventDefault();
  };

  return {
    tabStop,
    listProps: {
      onKeyDown,
      onFocusIn: (event: FocusEvent) => setFocused(keyOf(itemOf(event.target))),
      onFocusOut: (event: FocusEvent) => {
        if (!list.current?.contains(event.relatedTarget as Node | null)) setFocused(undefined);
      },
    },
  };
}

function hasModifier({ ctrlKey, altKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return ctrlKey || altKey || metaKey || shiftKey;
}

/** By key, the item to focus next; null at the end of the list. */
const STEPS: Readonly<Record<string, (item: Element) => Element | null>> = {
  ArrowDown: (item) => item.nextElementSibling,
  ArrowUp: (item) => item.previousElementSibling,
  Home: (item) => item.parentElement?.firstElementChild ?? null,
  End: (item) => item.parentElement?.lastElementChild ?? null,
};
