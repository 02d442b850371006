import type { Member, PresenceView } from "../../client/src/index.ts";
import type { Style } from "../text/palette.ts";
import { userName } from "../text/sanitize.ts";
import { fitWidth, textWidth } from "../text/text-width.ts";
import { presenceDot } from "./presence.ts";
import { formatTime } from "./time.ts";

/** Formats members as `● bob  owner`, online members first. */
export function formatMembers(members: readonly Member[], presence: PresenceView, style: Style): string[] {
  const { palette, user, nowMs, timeZone } = style;
  const isOnline = (member: Member) => member.user === user || presence.get(member.user)?.online === true;
  const nameWidth = Math.max(0, ...members.map((member) => textWidth(userName(member.user))));
  return members
    .toSorted((a, b) => Number(isOnline(b)) - Number(isOnline(a)) || (a.user < b.user ? -1 : 1))
    .map((member) => {
      const lastSeenAtMs = presence.get(member.user)?.lastSeenAtMs;
      const dot = member.user === user ? palette.green("●") : presenceDot(member.user, presence, palette);
      const seen =
        lastSeenAtMs === undefined || isOnline(member)
          ? ""
          : palette.dim(`  last seen ${formatTime(lastSeenAtMs, nowMs, timeZone)}`);
      const you = member.user === user ? palette.dim("  you") : "";
      return `${dot} ${fitWidth(userName(member.user), nameWidth)}  ${member.role.padEnd(6)}${seen}${you}`.trimEnd();
    });
}
