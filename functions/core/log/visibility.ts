import type { Entry } from "../../../protocol/index.ts";
import type { SeqRange } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import { canRead, isOpen } from "./readable-ranges.ts";

/** Returns what a reader with these ranges may see of entries: those they may read, redacted for them. */
export function visibleEntriesFor(ranges: readonly SeqRange[], entries: readonly Entry[]): Entry[] {
  return entries.filter(({ seq }) => canRead(ranges, seq)).map((entry) => redactFor(ranges, entry));
}

/**
 * Redacts an entry for one reader. The log keeps the current form, so a former member must not see edits or reactions
 * made after they left; the text before the edit is gone. An edit of an entry that the reader may not read must not
 * show its text.
 */
export function redactFor(ranges: readonly SeqRange[], entry: Entry): Entry {
  if (entry.kind === "edit") {
    const { of } = entry.body as { of: number };
    return canRead(ranges, of) ? entry : withoutText(entry);
  }
  if (isOpen(ranges)) return entry;
  const { reactions: _, ...rest } = entry;
  const { editSeq, body } = entry;
  return { ...rest, body: editSeq === undefined || canRead(ranges, editSeq) ? body : null };
}

/** Returns the edit without its text, which is only in the edited entry, unless that was deleted. */
export function withoutText(edit: Entry): Entry {
  const { of } = edit.body as { of: number };
  return { ...edit, body: { of } };
}

/**
 * False for a conversation that only a block has made: it has no entries, and only the user who blocked knows of it.
 */
export function isListed({ blocking, silent }: InboxRow): boolean {
  return silent !== true || blocking === true;
}
