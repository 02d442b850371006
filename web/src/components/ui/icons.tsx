import type { ComponentChildren } from "preact";

/** Icon of 24 by 24 units in the colour of the text. Decoration, unless `label` describes it. */
function Icon({ label, children }: { label?: string | undefined; children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      {children}
    </svg>
  );
}

const pathIcon = (path: string) =>
  function PathIcon({ label }: { label?: string }) {
    return (
      <Icon label={label}>
        <path d={path} />
      </Icon>
    );
  };

export const BackIcon = pathIcon("M15 5l-7 7 7 7");
export const CloseIcon = pathIcon("M6 6l12 12M18 6L6 18");
export const DownIcon = pathIcon("M12 5v14M6 13l6 6 6-6");
export const MoreIcon = () => (
  <Icon>
    <circle class="filled" cx="12" cy="5.5" r="1.7" />
    <circle class="filled" cx="12" cy="12" r="1.7" />
    <circle class="filled" cx="12" cy="18.5" r="1.7" />
  </Icon>
);
export const MutedIcon = pathIcon("M6 10a6 6 0 0 1 9.5-4.9M18 11v3l2 3H8M10 20a2 2 0 0 0 4 0M4 4l16 16");
export const PlusIcon = pathIcon("M12 5v14M5 12h14");
export const PulseIcon = pathIcon("M3 12h4l3-8 4 16 3-8h4");
export const SendIcon = pathIcon("M5 12l-1-8 17 8-17 8zM5 12h8");
export const CheckIcon = pathIcon("M5 13l4 4L19 7");
export const DoubleCheckIcon = pathIcon("M2 13l4 4L16 7M9 15l2 2L21 7");
export const ClockIcon = pathIcon("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2");
export const AlertIcon = pathIcon("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16v.01");
