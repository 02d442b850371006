import type { InboxRow } from "../../ports/inbox.ts";
import { isOpen } from "./readable-ranges.ts";

// The one rule of consent: presence, the time last seen, receipts and typing are told to people with whom the user has a
// direct conversation in which both have spoken, and to the members of a group that the user shares with them, except to
// the one who added the user there, until the user speaks. A block ends it.

/**
 * True if a member of a conversation may be told of another member, whose row in it this is. Adding somebody to a group,
 * or writing to them, is no act of theirs: they have to speak.
 */
export function isShownTo(asker: string, { peer, spoken, peerSpoken, blocking, addedBy }: InboxRow): boolean {
  const hasSpoken = spoken === true;
  if (peer !== undefined) return hasSpoken && peerSpoken === true && blocking !== true;
  return hasSpoken || addedBy !== asker;
}

/** Rows that decide whether a user may be told of another one, outside of a conversation. */
export interface Acquaintance {
  /** Row of the asking user in the direct conversation of both. */
  readonly direct: InboxRow | undefined;
  /** Rows of the asking and of the asked user in a conversation that the asking one has named. */
  readonly own?: InboxRow | undefined;
  readonly theirs?: InboxRow | undefined;
}

/** True if the asking user may be told of the other one now. */
export function mayBeTold(asker: string, { direct, own, theirs }: Acquaintance): boolean {
  if (direct?.blocked) return false;
  return hasConsent(direct) || (isMember(own) && isMember(theirs) && isShownTo(asker, theirs));
}

/** True for the row of a direct conversation in which both have spoken, and whose other side has not blocked the user. */
export function hasConsent(direct: InboxRow | undefined): boolean {
  return direct?.spoken === true && direct.peerSpoken === true && direct.blocked !== true;
}

/** True if an act of the other one alone may allow it, so that a watch must be there by then. */
export function mayComeToBeTold({ direct, own, theirs }: Acquaintance): boolean {
  return isMember(direct) || (isMember(own) && isMember(theirs));
}

/**
 * True if the row makes the user a member. A block alone does not: blocking and unblocking a stranger must reveal
 * nothing.
 */
function isMember(row: InboxRow | undefined): row is InboxRow {
  return row !== undefined && !row.silent && isOpen(row.ranges);
}
