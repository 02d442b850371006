import type { ConversationInfo, PresenceView } from "../../client/src/index.ts";
import type { Palette } from "../text/palette.ts";

/** `●` online, `○` offline, a space where it is not known; of groups `#`. */
export function formatDot({ peer }: ConversationInfo, presence: PresenceView, palette: Palette): string {
  if (peer === undefined) return palette.dim("#");
  return presenceDot(peer, presence, palette);
}

export function presenceDot(user: string, presence: PresenceView, { green, dim }: Palette): string {
  const known = presence.get(user);
  if (known === undefined) return " ";
  return known.online ? green("●") : dim("○");
}
