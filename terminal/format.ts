import type { ConversationInfo, Entry } from "../client/src/index.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";

/** What every line depends on besides its own subject. */
export interface Style {
  readonly palette: Palette;
  /** The one who looks at the screen. */
  readonly user: string;
  readonly nowMs: number;
  /** IANA name; the machine's own if not given. */
  readonly timeZone?: string | undefined;
}

const SENT = "✓";

/** `10:02`; on another day `21 Nov 10:02`. */
export function formatTime(atMs: number, nowMs: number, timeZone?: string): string {
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" });
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const isToday = day.format(atMs) === day.format(nowMs) && Math.abs(nowMs - atMs) < 24 * 60 * 60 * 1000;
  return isToday ? time.format(atMs) : `${day.format(atMs)} ${time.format(atMs)}`;
}

/** `10:03 bob  hello`, and one's own as `10:02 you  hi  ✓`. */
export function formatEntry(entry: Entry, peer: string, style: Style): string {
  const { palette, user, nowMs, timeZone } = style;
  const own = entry.sender === user;
  const width = Math.max("you".length, printable(peer).length);
  const name = (own ? "you" : printable(entry.sender)).padEnd(width);
  const time = palette.dim(formatTime(entry.sentAtMs, nowMs, timeZone));
  const text = contentOf(entry);
  return own ? `${time} ${name}  ${text}  ${palette.green(SENT)}` : `${time} ${palette.bold(name)}  ${text}`;
}

/** One line for an entry of a conversation that is not on the screen. */
export function formatAnnouncement(entry: Entry, peer: string, { palette, user }: Style): string {
  const author = entry.sender === user ? "you: " : "";
  return palette.dim(`[${printable(peer)}] ${author}${contentOf(entry)}`);
}

/** The conversations, those with the newest messages first. */
export function formatList(conversations: readonly ConversationInfo[], style: Style, columns = 80): string[] {
  const { palette, user, nowMs, timeZone } = style;
  const rows = conversations
    .toSorted((a, b) => (b.preview?.sentAtMs ?? 0) - (a.preview?.sentAtMs ?? 0))
    .map(({ conversation, peer, preview }) => ({
      peer: printable(peer ?? conversation),
      time: preview === undefined ? "" : formatTime(preview.sentAtMs, nowMs, timeZone),
      text: preview === undefined ? "" : `${preview.sender === user ? "you: " : ""}${contentOf(preview)}`,
    }));
  const peerWidth = Math.max(...rows.map(({ peer }) => peer.length), 0);
  const timeWidth = Math.max(...rows.map(({ time }) => time.length), 0);
  return rows.map(({ peer, time, text }) => {
    const start = `${palette.bold(peer.padEnd(peerWidth))}  ${palette.dim(time.padStart(timeWidth))}  `;
    return `${start}${shorten(text, columns - peerWidth - timeWidth - 4)}`.trimEnd();
  });
}

export interface PromptState {
  readonly peer: string | undefined;
  readonly pending: number;
  readonly online: boolean;
}

/** `bob > `, `bob · 1 sending > `, `bob · offline, 2 waiting > `. */
export function formatPrompt({ peer, pending, online }: PromptState, palette: Palette): string {
  const parts = peer === undefined ? [] : [palette.bold(printable(peer))];
  if (!online) parts.push(palette.dim(pending > 0 ? `offline, ${pending} waiting` : "offline"));
  else if (pending > 0) parts.push(palette.dim(`${pending} sending`));
  return [parts.join(" · "), "> "].filter((part) => part !== "").join(" ");
}

/** Entries that are not texts are an application's own: named, not shown. */
function contentOf(entry: { kind: string; body?: unknown; text?: string | undefined }): string {
  const { kind, body } = entry;
  const text =
    entry.text ?? (typeof body === "object" && body !== null && "text" in body ? body.text : undefined);
  return kind === "text" && typeof text === "string" ? printable(text) : `(${printable(kind)})`;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, Math.max(1, length - 1)).join("")}…`;
}
