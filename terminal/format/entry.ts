import type { ConversationInfo, MessageState, TimelineEntry } from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { conversationName } from "../session/conversations.ts";
import type { Palette, Style } from "../text/palette.ts";
import { sanitize, userName } from "../text/sanitize.ts";
import { fitWidth, textWidth } from "../text/text-width.ts";
import { textOf, withAuthor } from "./entry-text.ts";
import { formatTime } from "./time.ts";

/** Formats the status of the user's own entry; statuses differ by more than their colour. */
export function formatStatus(status: MessageState, { colours, dim, green }: Palette): string {
  switch (status) {
    case "queued":
      return dim("…");
    case "sent":
      return dim("✓");
    case "delivered":
      return dim("✓✓");
    case "read":
      return green(colours ? "✓✓" : "✓✓ read");
    case "failed":
      return "✗";
  }
}

/** Formats what follows a text: the edited mark and the reactions. */
export function formatMarks({ editedAtMs, deletedAtMs, reactions }: TimelineEntry, { dim }: Palette): string {
  if (deletedAtMs !== undefined) return "";
  const edited = editedAtMs === undefined ? "" : dim(" (edited)");
  const reacted = Object.entries(reactions ?? {}).map(
    ([key, users]) => sanitize(key) + (users.length > 1 ? dim(String(users.length)) : ""),
  );
  return `${edited}${reacted.length === 0 ? "" : `  ${reacted.join(" ")}`}`;
}

/** Width limit of the name column; a longer name shifts only its own line. */
const MAX_NAME_WIDTH = 12;

/** Returns the name column width that aligns the lines of these senders. */
export function nameColumnWidth(senders: readonly string[], user: string): number {
  const widths = senders.map((sender) => textWidth(sender === user ? "you" : userName(sender)));
  return Math.min(MAX_NAME_WIDTH, Math.max("you".length, ...widths));
}

/** Formats an entry: `10:03 bob  hello`, the user's own as `10:02 you  hi  ✓`, an event as `10:04 * bob left`. */
export function formatEntry(entry: TimelineEntry, nameWidth: number, style: Style): string {
  const { palette, user, nowMs, timeZone, numbers } = style;
  const { sender, seq, sentAtMs, kind, status } = entry;
  const own = sender === user;
  const name = own ? "you" : userName(sender);
  const time = palette.dim(formatTime(sentAtMs ?? nowMs, nowMs, timeZone));
  const number = numbers ? palette.dim(` #${seq ?? "?"}`) : "";
  if (!isContent(kind)) return `${time}${number} ${palette.dim(`* ${name} ${textOf(entry)}`)}`;
  const padded = fitWidth(name, Math.max(nameWidth, textWidth(name)));
  const mark = status === undefined ? "" : `  ${formatStatus(status, palette)}`;
  const text = textOf(entry) + formatMarks(entry, palette);
  return `${time}${number} ${own ? padded : palette.person(padded)}  ${text}${mark}`;
}

/** Formats one line for an entry of a conversation that is not open. */
export function formatAnnouncement(
  entry: Pick<TimelineEntry, "sender" | "kind" | "body">,
  info: ConversationInfo,
  { palette, user }: Style,
): string {
  const name = conversationName({ ...info, title: newTitle(entry) ?? info.title });
  return palette.dim(`[${name}] ${withAuthor(entry, info.peer, user)}`);
}

/** Returns the title that the entry sets. The conversation list has it only after the entry is announced. */
function newTitle({ kind, body }: Pick<TimelineEntry, "kind" | "body">): string | undefined {
  return kind === "create" || kind === "rename" ? (body as { title?: string }).title : undefined;
}
