import { type KeepFrame, type MuteFrame, type WireError, wireError } from "../../protocol/index.ts";
import type { ConversationLog } from "../ports/conversation-log.ts";
import type { Inbox, InboxKey } from "../ports/inbox.ts";
import { isListed } from "./log/visibility.ts";

export interface SettingsDeps {
  readonly log: Pick<ConversationLog, "mute">;
  readonly inbox: Pick<Inbox, "rows" | "set">;
}

/**
 * Mutes or unmutes a conversation. A muted conversation is delivered as before, but causes no `message.undelivered`.
 */
export async function mute(
  { log, inbox }: SettingsDeps,
  user: string,
  { conversation, muted }: MuteFrame,
  signal: AbortSignal,
): Promise<object | WireError> {
  const key = { user, conversation };
  if (!(await knowsOf(inbox, key, signal))) return wireError("not_found");
  return (await log.mute(conversation, user, muted, signal)) ? {} : wireError("not_a_member");
}

/** Hides entries older than `seconds` from this user; other members still see them. */
export async function keep(
  { inbox }: SettingsDeps,
  user: string,
  { conversation, seconds }: KeepFrame,
  signal: AbortSignal,
): Promise<object | WireError> {
  const key = { user, conversation };
  const done =
    (await knowsOf(inbox, key, signal)) && (await inbox.set(key, { keepSeconds: seconds }, signal));
  return done ? {} : wireError("not_found");
}

/** False also for a user who would learn by the answer that somebody has blocked them. */
async function knowsOf(inbox: Pick<Inbox, "rows">, key: InboxKey, signal: AbortSignal): Promise<boolean> {
  const [row] = await inbox.rows([key], signal);
  return row !== undefined && isListed(row);
}
