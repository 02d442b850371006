import type { InboxRow } from "../ports/inbox.ts";

/** A block of someone one never wrote with makes a conversation without entries: only the blocker knows of it. */
export function isShown({ blocking, silent }: InboxRow): boolean {
  return silent !== true || blocking === true;
}
