import type { Access } from "../access/access.ts";
import type { Palette } from "../text/palette.ts";
import type { ChatTarget } from "./conversations.ts";
import type { Shutdown } from "./shutdown.ts";
import type { ReleasableStorage } from "./storage-release.ts";

/** Everything that the full-screen chat and the line chat need to run. */
export interface ChatSession {
  readonly access: Access;
  /** Conversation to open; undefined for the list. */
  readonly target: ChatTarget | undefined;
  /** Storage of messages that wait to be sent; undefined to keep nothing on disk. */
  readonly outbox: ReleasableStorage | undefined;
  readonly palette: Palette;
  readonly shutdown: Shutdown;
}
