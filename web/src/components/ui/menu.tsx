import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuProps {
  readonly label: string;
  readonly button: ComponentChildren;
  readonly class?: string;
  /** Its items: buttons of role `menuitem`. */
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button with a menu under it: Escape, a click elsewhere or a choice closes it. */
export function Menu({ label, button, class: name = "", children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const items = useRef<HTMLDivElement>(null);

  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };

  useLayoutEffect(() => {
    const [button, menu] = [trigger.current, items.current];
    if (!open || button === null || menu === null) return;
    const place = () => placeBeside(menu, button);
    const clicked = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    // Above everything: what scrolls would cut it off.
    menu.showPopover();
    place();
    menu.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const ending = new AbortController();
    const { signal } = ending;
    document.addEventListener("pointerdown", clicked, { signal });
    addEventListener("scroll", place, { capture: true, signal });
    addEventListener("resize", place, { signal });
    return () => ending.abort();
  }, [open]);

  const pressed = (event: KeyboardEvent) => {
    if (!open) return;
    const items = [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = STEPS[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else if (step !== undefined) items[(at + step + items.length) % items.length]?.focus();
    if (event.key !== "Escape" && step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the menu within, wherever its focus is
    <div class={`menu ${name}`} ref={root} onKeyDown={pressed}>
      <button
        type="button"
        class="plain"
        ref={trigger}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div class="menu-items" ref={items} popover="manual" role="menu" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

const EDGE_PX = 8;

/** Below the button, or above it where there is no room; and within the window. */
function placeBeside(menu: HTMLElement, button: HTMLElement): void {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = menu;
  const isAbove = bottom + offsetHeight + EDGE_PX > innerHeight && top - offsetHeight > EDGE_PX;
  const x = Math.max(EDGE_PX, Math.min(left, innerWidth - offsetWidth - EDGE_PX));
  menu.style.left = `${x}px`;
  menu.style.top = `${isAbove ? top - offsetHeight - 4 : bottom + 4}px`;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export interface MenuItemProps {
  readonly onChosen: () => void;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
}

export function MenuItem({ onChosen, danger = false, children }: MenuItemProps) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} class={danger ? "danger" : ""} onClick={onChosen}>
      {children}
    </button>
  );
}
