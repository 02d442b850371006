import type { ConversationInfo, TimelineEntry, UserPresence } from "../../../client/src/index.ts";
import { createPalette, type Style } from "../../../terminal/text/palette.ts";

export const NOW = Date.UTC(2026, 10, 22, 10, 3);
const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

export const plain = createPalette(false);
/** Style of the lines alice sees. */
export const style: Style = { palette: plain, user: "alice", nowMs: NOW, timeZone: "UTC" };

/** Returns a text entry sent a minute ago. */
export function entry(sender: string, text: string, changes: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    seq: 1,
    id: "e",
    sender,
    kind: "text",
    body: { text },
    sentAtMs: NOW - MINUTE_MS,
    status: undefined,
    ...changes,
  };
}

export function conversationInfo(conversation: string, about: Partial<ConversationInfo>): ConversationInfo {
  const kind = about.peer === undefined ? "group" : "direct";
  return {
    conversation,
    kind,
    unread: 0,
    left: false,
    muted: false,
    blocking: false,
    ...about,
  } as ConversationInfo;
}

export const online = (user: string): [string, UserPresence] => [
  user,
  { user, online: true, lastSeenAtMs: undefined },
];
export const offline = (user: string, lastSeenAtMs?: number): [string, UserPresence] => [
  user,
  { user, online: false, lastSeenAtMs },
];
