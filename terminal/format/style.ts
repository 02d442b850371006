import type { Palette } from "../text/palette.ts";

/** What every line depends on besides its own subject. */
export interface Style {
  readonly palette: Palette;
  /** The one who looks at the screen. */
  readonly user: string;
  readonly nowMs: number;
  /** IANA name; the machine's own if not given. */
  readonly timeZone?: string | undefined;
  /** Shows the numbers of entries. @default false */
  readonly numbers?: boolean;
}
