import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const CONTROLS = "button, a[href]";

/**
 * Makes the messages one tab stop, however many there are: ↑, ↓, Home and End move the focus between messages, ← and →
 * between the controls of one. It begins at the newest message. Sets `tabIndex` itself, so that no message is rendered
 * for it: controls have `tabIndex={-1}`.
 */
export function useMessageFocus(list: RefObject<HTMLElement | null>) {
  /** The control that Tab leads to. */
  const stop = useRef<HTMLElement | null>(null);
  const hasFocus = useRef(false);

  const moveStop = (control: HTMLElement | null) => {
    if (control === stop.current) return;
    stop.current?.setAttribute("tabindex", "-1");
    control?.setAttribute("tabindex", "0");
    stop.current = control;
  };

  const moveStopToNewest = () =>
    moveStop(controlFrom(list.current?.lastElementChild, "previousElementSibling"));

  useLayoutEffect(() => {
    if (!stop.current?.isConnected || !hasFocus.current) moveStopToNewest();
  });

  return {
    onFocusIn: ({ target }: FocusEvent) => {
      hasFocus.current = true;
      const control = target as HTMLElement;
      // An item of an open menu will be gone.
      if (control.matches(CONTROLS) && control.getAttribute("role") !== "menuitem") moveStop(control);
    },
    onFocusOut: ({ relatedTarget }: FocusEvent) => {
      if (list.current?.contains(relatedTarget as Node | null)) return;
      hasFocus.current = false;
      moveStopToNewest();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      const control = event.target as HTMLElement;
      const message = control.closest<HTMLElement>("li.message");
      if (message === null || !list.current?.contains(message)) return;
      const next = STEPS[event.key]?.(message, control);
      if (next === undefined) return;
      next?.focus();
      event.preventDefault();
    },
  };
}

type Sibling = "nextElementSibling" | "previousElementSibling";

/** Returns the control of the first message in this direction that has one. */
function controlFrom(item: Element | null | undefined, direction: Sibling): HTMLElement | null {
  for (let current = item; current; current = current[direction]) {
    const actions = current.querySelector<HTMLElement>(".message-actions > button");
    const control = actions ?? current.querySelector<HTMLElement>(CONTROLS);
    if (control !== null) return control;
  }
  return null;
}

function controlBeside(message: Element, control: Element, step: number): HTMLElement | null {
  const controls = [...message.querySelectorAll<HTMLElement>(CONTROLS)];
  return controls[controls.indexOf(control as HTMLElement) + step] ?? null;
}

/** By key, the control to focus next; null at the end. */
const STEPS: Readonly<Record<string, (message: Element, control: Element) => HTMLElement | null>> = {
  ArrowDown: (message) => controlFrom(message.nextElementSibling, "nextElementSibling"),
  ArrowUp: (message) => controlFrom(message.previousElementSibling, "previousElementSibling"),
  Home: (message) => controlFrom(message.parentElement?.firstElementChild, "nextElementSibling"),
  End: (message) => controlFrom(message.parentElement?.lastElementChild, "previousElementSibling"),
  ArrowRight: (message, control) => controlBeside(message, control, 1),
  ArrowLeft: (message, control) => controlBeside(message, control, -1),
};
