import type { ConversationInfo, Recipient, Unsent } from "../../../client/src/index.ts";
import { recipientKey } from "../../../client/src/ui.ts";

/** Row of the conversation list. */
export interface ConversationRow {
  readonly key: string;
  readonly recipient: Recipient;
  /** Undefined for a conversation that the server does not know yet, or has not told of. */
  readonly info: ConversationInfo | undefined;
  /** The user's newest message, if it waits to be sent or was refused. */
  readonly unsent: Unsent | undefined;
}

/** Returns the rows of the list: conversations with unsent messages, then the others, the newest first. */
export function rowsOf(inbox: readonly ConversationInfo[], unsent: readonly Unsent[]): ConversationRow[] {
  const infos = new Map(inbox.map((info) => [info.conversation, info]));
  const rows = unsent.map((message): ConversationRow => {
    const { recipient } = message;
    const info = typeof recipient === "string" ? infos.get(recipient) : undefined;
    infos.delete(info?.conversation ?? "");
    return { key: recipientKey(recipient), recipient, info, unsent: message };
  });
  for (const info of infos.values())
    rows.push({ key: info.conversation, recipient: info.conversation, info, unsent: undefined });
  return rows;
}

/** True if this recipient is open: the address names a conversation by its id, or by its user until there is one. */
export function isOpenRow({ recipient, info }: ConversationRow, open: Recipient | undefined): boolean {
  if (open === undefined) return false;
  const isSame = recipientKey(recipient) === recipientKey(open);
  return isSame || (typeof open === "object" && info?.peer === open.user);
}
