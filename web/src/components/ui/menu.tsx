import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuProps {
  readonly label: string;
  readonly button: ComponentChildren;
  readonly class?: string;
  /** Tab order of the button: -1 if a list moves the focus between its buttons. @default 0 */
  readonly tabIndex?: number;
  /** Renders the items: buttons with the role `menuitem`. */
  readonly children: (close: () => void) => ComponentChildren;
}

/** Button that opens a menu. Escape, a click elsewhere or choosing an item closes it. */
export function Menu({ label, button, class: name = "", tabIndex = 0, children }: MenuProps) {
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
    const reposition = () => placeBeside(menu, button);
    const closeIfOutside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    // A popover is above everything: a scrolling region would cut the menu off.
    menu.showPopover();
    reposition();
    menu.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const unmount = new AbortController();
    const { signal } = unmount;
    document.addEventListener("pointerdown", closeIfOutside, { signal });
    addEventListener("scroll", reposition, { capture: true, signal });
    addEventListener("resize", reposition, { signal });
    return () => unmount.abort();
  }, [open]);

  const handleKeyDown = (event: KeyboardEvent) => {
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
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the keys of the menu inside, wherever its focus is
    <div class={`menu ${name}`} ref={root} onKeyDown={handleKeyDown}>
      <button
        type="button"
        class="plain"
        tabIndex={tabIndex}
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

/** Places the menu below the button, or above it if there is no room, inside the window. */
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
  readonly onSelect: () => void;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
}

export function MenuItem({ onSelect, danger = false, children }: MenuItemProps) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} class={danger ? "danger" : ""} onClick={onSelect}>
      {children}
    </button>
  );
}
