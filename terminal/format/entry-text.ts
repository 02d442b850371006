import { describeEntry, isContent, type PhrasePart } from "../../client/src/ui.ts";
import { sanitize, userName } from "../text/sanitize.ts";

/** An entry, or its preview. */
interface Described {
  readonly kind: string;
  readonly body?: unknown;
  readonly text?: string | undefined;
  readonly deletedAtMs?: number | undefined;
}

/** One line to print for an entry: its text, or what its sender did, in words that follow the sender's name. */
export function textOf(entry: Described): string {
  return sanitize(plainText(entry));
}

/** `bob: hi`, `bob left`, and `hi` from the peer of a direct conversation. */
export function withAuthor(
  entry: Described & { readonly sender: string },
  peer: string | undefined,
  user: string,
): string {
  const { sender, kind } = entry;
  const author = sender === user ? "you" : userName(sender);
  if (!isContent(kind)) return `${author} ${textOf(entry)}`;
  return sender === peer && sender !== user ? textOf(entry) : `${author}: ${textOf(entry)}`;
}

/** The lines of an entry's text. */
export function linesOf(entry: Described): string[] {
  return plainText(entry)
    .split(/\r\n?|[\n\u2028\u2029]/)
    .map(sanitize);
}

function plainText({ kind, body, text, deletedAtMs }: Described): string {
  if (!isContent(kind)) return describeEntry({ kind, body }).map(inWords).join("");
  if (deletedAtMs !== undefined) return "(deleted)";
  // The terminal names an application's own entries; it cannot show them.
  if (kind !== "text") return `(${kind})`;
  const written = (body as { text?: unknown } | null | undefined)?.text ?? text;
  return typeof written === "string" ? written : "(deleted)";
}

function inWords(part: PhrasePart): string {
  if (typeof part === "string") return part;
  return "users" in part ? part.users.map(userName).join(", ") : part.title;
}
