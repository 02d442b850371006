import type { ConversationInfo, Member, PresenceView } from "../../client/src/index.ts";
import { formatTime } from "../format/time.ts";
import type { Style } from "../text/palette.ts";

/** Formats the title: `bob  ● online`, `Team  4 members, 2 online · muted`. */
export function conversationTitle(
  name: string,
  info: ConversationInfo | undefined,
  members: readonly Member[],
  presence: PresenceView,
  style: Style,
): string {
  if (info === undefined) return name;
  const about =
    info.peer === undefined
      ? describeGroup(info, members, presence, style)
      : describePeer(info.peer, presence, style);
  const remarks = [
    ...(info.muted ? ["muted"] : []),
    ...(info.blocking ? ["blocked"] : []),
    ...(info.left ? ["you left"] : []),
  ];
  return [name, [...about, ...remarks].join(" · ")].filter((part) => part !== "").join("  ");
}

function describePeer(peer: string, presence: PresenceView, { nowMs, timeZone }: Style): string[] {
  const known = presence.get(peer);
  if (known === undefined) return [];
  if (known.online) return ["● online"];
  const { lastSeenAtMs } = known;
  return [
    lastSeenAtMs === undefined ? "○ offline" : `○ last seen ${formatTime(lastSeenAtMs, nowMs, timeZone)}`,
  ];
}

function describeGroup(
  { memberCount, left }: ConversationInfo,
  members: readonly Member[],
  presence: PresenceView,
  { user }: Style,
): string[] {
  if (memberCount === undefined || left) return [];
  // This user is online, too.
  const online = members.filter((member) => member.user === user || presence.get(member.user)?.online);
  const count = `${memberCount} ${memberCount === 1 ? "member" : "members"}`;
  return [online.length === 0 ? count : `${count}, ${online.length} online`];
}
