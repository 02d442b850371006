import type { Inbox } from "../../ports/inbox.ts";
import type { Watcher } from "../../ports/watches.ts";
import { hasConsent, mayBeTold } from "../log/consent.ts";
import { directConversationId } from "../log/conversation-id.ts";

/**
 * Returns the watchers who may be told of the user now, whatever they were allowed when they began to watch. Reads one
 * row for each watcher, and two more for one who has named a conversation and needs it.
 */
export async function permittedWatchers(
  inbox: Pick<Inbox, "rows">,
  watched: string,
  watchers: readonly Watcher[],
  signal: AbortSignal,
): Promise<readonly Watcher[]> {
  const others = watchers.filter(({ user }) => user !== watched);
  const keys = others.map(({ user }) => ({ user, conversation: directConversationId(user, watched) }));
  const rows = keys.length > 0 ? await inbox.rows(keys, signal) : [];
  const direct = new Map(others.map(({ user }, index) => [user, rows[index]]));
  const shared = others.flatMap(({ user, conversation }) =>
    conversation === undefined || hasConsent(direct.get(user)) ? [] : [{ user, conversation }],
  );
  const sharedKeys = shared.flatMap((one) => [one, { ...one, user: watched }]);
  const sharedRows = sharedKeys.length > 0 ? await inbox.rows(sharedKeys, signal) : [];
  const inShared = new Map(
    shared.map(({ user, conversation }, index) => [
      `${conversation} ${user}`,
      { own: sharedRows[2 * index], theirs: sharedRows[2 * index + 1] },
    ]),
  );
  return watchers.filter(({ user, conversation }) => {
    const acquaintance = { direct: direct.get(user), ...inShared.get(`${conversation} ${user}`) };
    return user === watched || mayBeTold(user, acquaintance);
  });
}
