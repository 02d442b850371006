import { type Entry, isRewrite, LIMITS, type Preview, utf8Bytes } from "../../../protocol/index.ts";

/** What a conversation list shows of an entry. */
export function previewOf(entry: Entry): Preview {
  const { seq, sender, kind, sentAtMs, body } = entry;
  // Half a surrogate pair travels in JSON, but no table attribute can hold it.
  const text = kind === "text" && body !== null ? (body as { text: string }).text.toWellFormed() : undefined;
  return { seq, sender, kind, sentAtMs, ...(text !== undefined && { text: cut(text, LIMITS.previewBytes) }) };
}

/** The preview of a list after this entry: what is said of another entry does not push that one out. */
export function previewed(before: Preview | undefined, entry: Entry): Preview | undefined {
  return isRewrite(entry.kind) ? before : previewOf(entry);
}

/** The longest prefix of whole characters within the size. */
function cut(text: string, maxBytes: number): string {
  if (utf8Bytes(text) <= maxBytes) return text;
  let size = 1;
  let end = 0;
  for (const character of text) {
    size += utf8Bytes(character);
    if (size > maxBytes - 2) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}
