import { LIMITS } from "../../../protocol/limits.ts";
import type { ConversationInfo } from "../views/conversation-info.ts";

/** Arguments for `client.watch`. */
export interface Watch {
  readonly users: readonly string[];
  /** The open group, which lets this user see the presence of its members. */
  readonly conversation: string | undefined;
}

/**
 * Returns the users whose presence is on the screen: the members of the open group, then the peers of direct
 * conversations, as many as one connection may watch. Sorted, so that a list in another order asks for nothing anew.
 *
 * @param self a user to leave out
 */
export function whoToWatch(
  inbox: readonly Pick<ConversationInfo, "peer" | "blocking">[],
  group: { readonly conversation: string; readonly members: readonly string[] } | undefined,
  self?: string,
): Watch {
  const peers = inbox.flatMap(({ peer, blocking }) => (peer === undefined || blocking ? [] : [peer]));
  const users = new Set([...(group?.members ?? []), ...peers]);
  if (self !== undefined) users.delete(self);
  return { users: [...users].slice(0, LIMITS.presenceUsers).sort(), conversation: group?.conversation };
}
