import type { ConversationInfo, Entry, Sent } from "../../client/src/index.ts";

type ConversationRef = Pick<ConversationInfo, "conversation" | "peer" | "title">;

/** Formats an entry as JSON; the format is documented in docs/terminal.md, "JSON". */
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

/** Formats the acknowledgement of a sent message as JSON. */
export function ackLine({ id, seq, sentAtMs }: Sent, { conversation, peer, title }: ConversationRef): string {
  return toLine({ conversation, peer, title, seq, id, sentAtMs });
}

/** Formats an error as JSON. */
export function errorLine(error: { code: string; message: string; temporary: boolean }): string {
  const { code, message, temporary } = error;
  return toLine({ error: { code, message, temporary } });
}

/** Formats JSON that cannot control a terminal: escapes the control characters that `JSON.stringify` leaves. */
function toLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Output of a script: results on stdout, messages for people on stderr. */
export interface ScriptOutput {
  print(line: string): void;
  error(text: string): void;
}
