import type { Client, Conversation, Member, Recipient } from "../client/src/index.ts";
import { nameOf } from "./session/conversations.ts";
import { printable } from "./text/sanitize.ts";

/** A conversation that is open, by what it was opened. */
export interface Room {
  readonly recipient: Recipient;
  readonly conversation: Conversation;
}

export function openRoom(client: Client, recipient: Recipient): Room {
  return { recipient, conversation: client.conversation(recipient) };
}

/** Also before the server knows of it. */
export function nameOfRoom({ recipient, conversation }: Room): string {
  const { info } = conversation.view.getSnapshot();
  if (info !== undefined) return nameOf(info);
  return printable(typeof recipient === "string" ? recipient : recipient.user);
}

/** All of them, page by page. Rejects with a ClientError. */
export async function membersOf(conversation: Conversation): Promise<readonly Member[]> {
  const members: Member[] = [];
  for await (const member of conversation.members()) members.push(member);
  return members;
}
