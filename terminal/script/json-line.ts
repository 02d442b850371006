import type { ConversationInfo, Entry, Sent } from "../../client/src/index.ts";

type ConversationRef = Pick<ConversationInfo, "conversation" | "peer" | "title">;

/** An entry for a program: docs/terminal.md, "JSON". */
export function entryLine(
  entry: Entry,
  { conversation, peer, title }: ConversationRef,
  user: string,
): string {
  const { seq, id, sender, kind, body, sentAtMs, editedAtMs, deletedAtMs } = entry;
  const own = sender === user;
  const changed = { editedAtMs, deletedAtMs };
  return toLine({ conversation, peer, title, seq, id, sender, own, kind, body, sentAtMs, ...changed });
}

export function ackLine({ id, seq, sentAtMs }: Sent, { conversation, peer, title }: ConversationRef): string {
  return toLine({ conversation, peer, title, seq, id, sentAtMs });
}

export function errorLine(error: { code: string; message: string; temporary: boolean }): string {
  const { code, message, temporary } = error;
  return toLine({ error: { code, message, temporary } });
}

/** JSON of which a terminal, too, obeys nothing: what `JSON.stringify` leaves of controls is escaped as well. */
function toLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Where a script's words go: to the program that reads them, and to whoever looks on. */
export interface ScriptOutput {
  print(line: string): void;
  error(text: string): void;
}
