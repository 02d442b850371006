import type { Access } from "./access/access.ts";
import type { Departure } from "./departure.ts";
import type { LeavableStorage } from "./let-go.ts";
import type { Palette } from "./palette.ts";
import type { Place } from "./place.ts";

/** What it takes to chat, on the whole screen or in lines. */
export interface ChatRun {
  readonly access: Access;
  /** Where to begin. */
  readonly place: Place | undefined;
  /** Undefined: nothing is kept. */
  readonly outbox: LeavableStorage | undefined;
  readonly palette: Palette;
  readonly departure: Departure;
}
