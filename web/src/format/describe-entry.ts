import type { ConversationInfo, Preview } from "../../../client/src/index.ts";
import {
  describeEntry,
  isContent,
  isolatedName,
  isolatedText,
  type PhrasePart,
  withoutBidiControls,
} from "../../../client/src/ui.ts";

interface Described {
  readonly kind: string;
  readonly sender: string;
  readonly body?: unknown;
}

/** Sentence for an entry that nobody wrote: `You added bob and carol`. */
export function describeEvent(entry: Described, me: string): string {
  const inWords = (part: PhrasePart) => {
    if (typeof part === "string") return part;
    return "users" in part ? list(part.users, me) : `“${isolatedName(part.title)}”`;
  };
  return `${nameOf(entry.sender, me)} ${describeEntry(entry).map(inWords).join("")}`;
}

/** Line for the conversation list. */
export function describePreview(
  preview: Pick<Preview, "sender" | "kind" | "text">,
  info: Pick<ConversationInfo, "kind" | "peer"> | undefined,
  me: string,
): string {
  const { sender, text } = preview;
  if (preview.kind === "text") {
    const message = text ?? "Deleted message";
    if (sender !== me && info?.kind === "direct" && sender === info.peer) return withoutBidiControls(message);
    return `${nameOf(sender, me)}: ${isolatedText(message)}`;
  }
  if (isContent(preview.kind))
    return `${nameOf(sender, me)}: ${isolatedName(preview.kind.slice("x.".length))}`;
  return describeEvent(preview, me);
}

function nameOf(user: string, me: string): string {
  return user === me ? "You" : isolatedName(user);
}

/** `bob`, `bob and carol`, `bob, carol and you`: this user comes last, as in speech. */
function list(users: readonly string[], me: string): string {
  const names = [
    ...users.filter((user) => user !== me).map(isolatedName),
    ...(users.includes(me) ? ["you"] : []),
  ];
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
