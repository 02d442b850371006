import { LIMITS } from "../../../protocol/limits.ts";
import { isTombstone } from "../../../protocol/tombstone.ts";
import type { ConversationInfo } from "../views/conversation-info.ts";

/** Arguments for `client.watch`. */
export interface Watch {
  readonly users: readonly string[];
  /** The open group, which lets this user see the presence of its members. */
  readonly conversation: string | undefined;
}

/** Users on the screen. */
export interface ScreenContent {
  /** The peer of the open conversation, then those of the rows in sight. */
  readonly peers?: readonly string[];
  /** The open group. */
  readonly group?: { readonly conversation: string; readonly members: readonly string[] } | undefined;
  /** A user to leave out. */
  readonly self?: string | undefined;
}

/**
 * Returns the users to watch, as many as one connection may: the peers on the screen, the members of the open group, then
 * the peers of the other direct conversations. Sorted, so that a list in another order asks for nothing anew.
 */
export function whoToWatch(
  inbox: readonly Pick<ConversationInfo, "peer" | "blocking">[],
  { peers: onScreen = [], group, self }: ScreenContent,
): Watch {
  // The server refuses to tell of anybody else.
  const peers = new Set(
    inbox.flatMap(({ peer, blocking }) =>
      peer === undefined || blocking || isTombstone(peer) ? [] : [peer],
    ),
  );
  const users = new Set([...onScreen.filter((user) => peers.has(user)), ...(group?.members ?? []), ...peers]);
  if (self !== undefined) users.delete(self);
  return { users: [...users].slice(0, LIMITS.presenceUsers).sort(), conversation: group?.conversation };
}
