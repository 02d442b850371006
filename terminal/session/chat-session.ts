import type { Access } from "../access/access.ts";
import type { Palette } from "../text/palette.ts";
import type { Place } from "./conversations.ts";
import type { Departure } from "./shutdown.ts";
import type { LeavableStorage } from "./storage-release.ts";

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
