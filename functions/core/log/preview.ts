import { type Entry, isRewrite, LIMITS, type Preview, utf8Bytes } from "../../../protocol/index.ts";

/** Makes the preview of an entry for conversation lists. */
export function previewOf(entry: Entry): Preview {
  const { seq, sender, kind, sentAtMs, body } = entry;
  // JSON can carry half a surrogate pair, but no table attribute can hold it.
  const text = kind === "text" && body !== null ? (body as { text: string }).text.toWellFormed() : undefined;
  return { seq, sender, kind, sentAtMs, ...(text !== undefined && { text: cut(text, LIMITS.previewBytes) }) };
}

/**
 * Returns a conversation's preview after this entry. An entry that rewrites another one does not replace the preview.
 */
export function previewed(before: Preview | undefined, entry: Entry): Preview | undefined {
  return isRewrite(entry.kind) ? before : previewOf(entry);
}

/** Returns the preview that the newest entries give; undefined if all of them rewrite others. */
export function previewOfTail(tail: readonly Entry[]): Preview | undefined {
  const last = tail.findLast(({ kind }) => !isRewrite(kind));
  return last && previewOf(last);
}

/** Returns the longest prefix of whole characters within the size. */
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
