import { type Entry, isRewrite, LIMITS, type Preview, utf8Bytes } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";

/** Makes the preview of an entry for conversation lists. */
export function previewOf(entry: Entry): Preview {
  const { seq, sender, kind, sentAtMs, body } = entry;
  const text = kind === "text" && body !== null ? (body as { text: string }).text : undefined;
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

/** Returns the head as it is stored: one with a retention keeps no text, because a head does not expire. */
export function withoutExpiringText(head: Head): Head {
  if (head.retentionSeconds === undefined || head.preview?.text === undefined) return head;
  const { text: _, ...preview } = head.preview;
  return { ...head, preview };
}

/** True if the text of the head's preview, if there is any, is only in the log. */
export function lacksText({
  retentionSeconds,
  preview,
}: Pick<Head, "retentionSeconds" | "preview">): boolean {
  return retentionSeconds !== undefined && preview?.kind === "text" && preview.text === undefined;
}

/** Splits texts into what people take for characters, which may be several code points. Made when first needed. */
let graphemes: Intl.Segmenter | undefined;

/** Returns the longest beginning within the size, as JSON, that does not end inside a grapheme. */
function cut(text: string, maxBytes: number): string {
  // No character takes less than a byte; a longer beginning shows where the last one ends.
  const beginning = text.slice(0, 2 * maxBytes);
  if (beginning === text && jsonBytes(text) <= maxBytes) return text;
  graphemes ??= new Intl.Segmenter();
  const room = maxBytes - jsonBytes(ELLIPSIS);
  let bytes = 0;
  for (const { segment, index } of graphemes.segment(beginning)) {
    bytes += jsonBytes(segment);
    if (bytes > room) return text.slice(0, index) + ELLIPSIS;
  }
  return text;
}

const ELLIPSIS = "…";

/** Size in JSON, where a control character takes six bytes. */
function jsonBytes(text: string): number {
  return utf8Bytes(JSON.stringify(text)) - utf8Bytes('""');
}
