import type { ConversationInfo, PresenceView } from "../../client/src/index.ts";
import { conversationName } from "../session/conversations.ts";
import type { Style } from "../text/palette.ts";
import { fitWidth, textWidth, truncate } from "../text/text-width.ts";
import { withAuthor } from "./entry-text.ts";
import { formatDot } from "./presence.ts";
import { formatTime } from "./time.ts";

/** Formats an unread count: `2`, `99+`, or nothing for 0. */
export function formatUnread(unread: number): string {
  if (unread === 0) return "";
  return unread > 99 ? "99+" : String(unread);
}

/** Formats one numbered row for each conversation, in the order given. */
export function formatList(
  conversations: readonly ConversationInfo[],
  presence: PresenceView,
  style: Style,
  columns = 80,
): string[] {
  const { palette, nowMs, timeZone } = style;
  const rows = conversations.map((info, index) => ({
    info,
    number: String(index + 1),
    name: conversationName(info),
    time: info.preview === undefined ? "" : formatTime(info.preview.sentAtMs, nowMs, timeZone),
    unread: formatUnread(info.unread),
  }));
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(textWidth));
  const numberWidth = widest(rows.map(({ number }) => number));
  const nameWidth = Math.min(widest(rows.map(({ name }) => name)), Math.max(8, Math.floor(columns / 3)));
  // A narrow screen has no room for the time.
  const timeWidth = columns < 40 ? 0 : widest(rows.map(({ time }) => time));
  const unreadWidth = widest(rows.map(({ unread }) => unread));
  const gap = (width: number) => (width === 0 ? 0 : width + 2);
  const used = numberWidth + 3 + nameWidth + gap(timeWidth) + gap(unreadWidth) + 2;
  return rows.map(({ info, number, name, time, unread }) => {
    const paintName = info.muted ? palette.dim : palette.bold;
    const cells = [
      `${palette.dim(number.padStart(numberWidth))} ${formatDot(info, presence, palette)} ${paintName(fitWidth(name, nameWidth))}`,
      ...(timeWidth === 0 ? [] : [palette.dim(time.padStart(timeWidth))]),
      ...(unreadWidth === 0
        ? []
        : [(info.muted ? palette.dim : palette.green)(unread.padStart(unreadWidth))]),
      truncate(previewOf(info, style), Math.max(0, columns - used)),
    ];
    return cells.join("  ").trimEnd();
  });
}

function previewOf({ preview, peer, left, blocking, muted }: ConversationInfo, { user }: Style): string {
  const remarks = [...(left ? ["left"] : []), ...(blocking ? ["blocked"] : []), ...(muted ? ["muted"] : [])];
  const remark = remarks.length === 0 ? "" : `(${remarks.join(", ")}) `;
  if (preview === undefined) return remark.trimEnd();
  return remark + withAuthor(preview, peer, user);
}
