import type { Access } from "../access/access.ts";
import type { Palette } from "../text/palette.ts";
import type { ChatTarget } from "./conversations.ts";
import type { Shutdown } from "./shutdown.ts";
import type { ReleasableStorage } from "./storage-release.ts";

/** What it takes to chat, on the whole screen or in lines. */
export interface ChatSession {
  readonly access: Access;
  /** Where to begin. */
  readonly target: ChatTarget | undefined;
  /** Undefined: nothing is kept. */
  readonly outbox: ReleasableStorage | undefined;
  readonly palette: Palette;
  readonly shutdown: Shutdown;
}
