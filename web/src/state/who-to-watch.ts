import type { ConversationInfo } from "../../../client/src/index.ts";

/** As many as one connection may watch. */
const MOST = 100;

export interface Watch {
  readonly users: readonly string[];
  /** In which those are that there is no direct conversation with. */
  readonly conversation: string | undefined;
}

/**
 * Whose presence is on the screen: the members of the group that is open, and whom one talks to. The order of the list is
 * not theirs: a message that moves a conversation up asks for nothing anew.
 */
export function whoToWatch(inbox: readonly ConversationInfo[], open: ConversationInfo | undefined): Watch {
  const isOpenGroup = open?.kind === "group" && !open.left;
  const members = isOpenGroup ? open.receipts.map(({ user }) => user) : [];
  const peers = inbox.flatMap(({ peer, blocking }) => (peer === undefined || blocking ? [] : [peer]));
  return {
    users: [...new Set([...members, ...peers])].slice(0, MOST).sort(),
    conversation: isOpenGroup ? open.conversation : undefined,
  };
}
