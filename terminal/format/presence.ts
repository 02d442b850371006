import type { ConversationInfo, PresenceView } from "../../client/src/index.ts";
import type { Palette } from "../text/palette.ts";

/** Formats the presence of a conversation: `●` online, `○` offline, a space if unknown, `#` for a group. */
export function formatDot({ peer }: ConversationInfo, presence: PresenceView, palette: Palette): string {
  if (peer === undefined) return palette.dim("#");
  return presenceDot(peer, presence, palette);
}

/** Formats the presence of a user: `●` online, `○` offline, a space if unknown. */
export function presenceDot(user: string, presence: PresenceView, { green, dim }: Palette): string {
  const known = presence.get(user);
  if (known === undefined) return " ";
  return known.online ? green("●") : dim("○");
}
