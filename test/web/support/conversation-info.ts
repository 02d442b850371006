import type { ConversationInfo } from "../../../client/src/index.ts";

/** A direct conversation, with these properties changed. */
export function conversationInfo(changes: Partial<ConversationInfo>): ConversationInfo {
  return { conversation: "c", kind: "direct", receipts: [], ...changes } as ConversationInfo;
}

/** Receipts of members who have not read anything. */
export function receipts(...users: string[]): ConversationInfo["receipts"] {
  return users.map((user) => ({ user, readSeq: 0, deliveredSeq: 0 }));
}
