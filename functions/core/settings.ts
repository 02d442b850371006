import { type KeepFrame, type MuteFrame, type WireError, wireError } from "../../protocol/index.ts";
import type { ConversationLog } from "../ports/conversation-log.ts";
import type { Inbox } from "../ports/inbox.ts";

export interface SettingsDeps {
  readonly log: Pick<ConversationLog, "mute">;
  readonly inbox: Pick<Inbox, "set">;
}

/**
 * Mutes or unmutes a conversation. A muted conversation is delivered as before, but causes no `message.undelivered`.
 */
export async function mute(
  { log }: SettingsDeps,
  user: string,
  { conversation, muted }: MuteFrame,
  signal: AbortSignal,
): Promise<object | WireError> {
  return (await log.mute(conversation, user, muted, signal)) ? {} : wireError("not_found");
}

/** Hides entries older than `seconds` from this user; other members still see them. */
export async function keep(
  { inbox }: SettingsDeps,
  user: string,
  { conversation, seconds }: KeepFrame,
  signal: AbortSignal,
): Promise<object | WireError> {
  const done = await inbox.set({ user, conversation }, { keepSeconds: seconds }, signal);
  return done ? {} : wireError("not_found");
}
