import { useRef } from "preact/hooks";

/** Time after which a finger that rests is a long press; as on Android and iOS. */
const LONG_PRESS_MS = 500;
/** Way that a finger which rests may move. */
const MAX_MOVE_PX = 10;

/** Opens the actions of the message that is pressed long with a finger, or clicked with the right button. */
export function useLongPress() {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
  const cancel = () => clearTimeout(press.current?.timer);
  return {
    onPointerDown: ({ pointerType, isPrimary, target, clientX: x, clientY: y }: PointerEvent) => {
      cancel();
      if (pointerType === "mouse" || !isPrimary) return;
      press.current = { timer: setTimeout(() => openActions(target), LONG_PRESS_MS), x, y };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      const { x, y } = press.current ?? { x: clientX, y: clientY };
      if (Math.hypot(clientX - x, clientY - y) > MAX_MOVE_PX) cancel();
    },
    onPointerUp: cancel,
    // The list is scrolled.
    onPointerCancel: cancel,
    onContextMenu: (event: MouseEvent) => {
      cancel();
      // The browser's menu is about the text that is selected.
      if (getSelection()?.isCollapsed === false) return;
      if (openActions(event.target)) event.preventDefault();
    },
  };
}

/** Returns false if the target is not a message, or has a menu of the browser's own that users need. */
function openActions(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.closest("a[href], button, .menu") !== null) return false;
  const button = target.closest("li.message")?.querySelector<HTMLElement>(".message-actions > button");
  if (button?.getAttribute("aria-expanded") === "false") button.click();
  return button != null;
}
