import type { Entry } from "../../../protocol/index.ts";
import type { SeqRange } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import { canRead, isOpen } from "./readable-ranges.ts";

/**
 * An entry as someone may see it. It is stored as it is now: who is no member any more is not told what was made of it
 * since, neither the text of a later edit, the earlier one being gone, nor who reacted. And an edit of an entry that
 * someone may not read does not tell what that says.
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

/** An edit whose text is nowhere any more but, unless it was deleted, in the entry it meant. */
export function withoutText(edit: Entry): Entry {
  const { of } = edit.body as { of: number };
  return { ...edit, body: { of } };
}

/** A block of someone one never wrote with makes a conversation without entries: only the blocker knows of it. */
export function isListed({ blocking, silent }: InboxRow): boolean {
  return silent !== true || blocking === true;
}
