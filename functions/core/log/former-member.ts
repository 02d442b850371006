import type { Member } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";

/** Returns a user who was a member, by their inbox row: they have no member row. Undefined for a stranger. */
export function formerMember(user: string, row: InboxRow | undefined): Member | undefined {
  const ranges = row?.ranges.filter(([, to]) => to !== undefined) ?? [];
  if (ranges.length === 0) return undefined;
  return { user, role: "member", ranges, ...(row?.muted && { muted: true }) };
}
