import type { ConversationInfo, Entry, Sent } from "../../client/src/index.ts";

type Where = Pick<ConversationInfo, "conversation" | "peer" | "title">;

/** An entry for a program: docs/terminal.md, "JSON". */
export function entryLine(entry: Entry, { conversation, peer, title }: Where, user: string): string {
  const { seq, id, sender, kind, body, sentAtMs, editedAtMs, deletedAtMs } = entry;
  const own = sender === user;
  const changed = { editedAtMs, deletedAtMs };
  return JSON.stringify({
    conversation,
    peer,
    title,
    seq,
    id,
    sender,
    own,
    kind,
    body,
    sentAtMs,
    ...changed,
  });
}

export function ackLine({ id, seq, sentAtMs }: Sent, { conversation, peer, title }: Where): string {
  return JSON.stringify({ conversation, peer, title, seq, id, sentAtMs });
}

export function errorLine(error: { code: string; message: string; temporary: boolean }): string {
  const { code, message, temporary } = error;
  return JSON.stringify({ error: { code, message, temporary } });
}
