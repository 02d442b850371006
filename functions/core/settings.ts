import {
  type ForgetFrame,
  type KeepFrame,
  type MuteFrame,
  type WireError,
  wireError,
} from "../../protocol/index.ts";
import type { ConversationLog } from "../ports/conversation-log.ts";
import type { Inbox, InboxKey } from "../ports/inbox.ts";
import { isDirect } from "./log/conversation-id.ts";
import { isOpen } from "./log/readable-ranges.ts";
import { isListed } from "./log/visibility.ts";

export interface SettingsDeps {
  readonly log: Pick<ConversationLog, "mute">;
  readonly inbox: Pick<Inbox, "forget" | "rows" | "set">;
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

/**
 * Takes a group that the user has left out of their list, with everything they could still read. Its members do not
 * notice. If the user is added again, they begin as a newcomer.
 */
export async function forget(
  { inbox }: SettingsDeps,
  user: string,
  { conversation }: ForgetFrame,
  signal: AbortSignal,
): Promise<object | WireError> {
  const key = { user, conversation };
  const [row] = await inbox.rows([key], signal);
  if (row === undefined || !isListed(row)) return wireError("not_found");
  // Nobody leaves a direct conversation: both rows are needed for its next entry.
  if (isDirect(conversation)) return wireError("forbidden");
  if (isOpen(row.ranges)) return wireError("conflict");
  return (await inbox.forget(key, row.ranges, signal)) ? {} : wireError("conflict");
}

/** False also for a user who would learn by the answer that somebody has blocked them. */
async function knowsOf(inbox: Pick<Inbox, "rows">, key: InboxKey, signal: AbortSignal): Promise<boolean> {
  const [row] = await inbox.rows([key], signal);
  return row !== undefined && isListed(row);
}
