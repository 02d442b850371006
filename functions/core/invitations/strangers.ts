import type { Conversation } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { isOpen } from "../log/readable-ranges.ts";

/** Invitations that a frame takes from its sender. */
export interface Invitation {
  /** The same for every repeat of the frame. */
  readonly key: string;
  readonly count: number;
}

/**
 * Returns the invitations that a frame takes, which makes `added` members: one for a conversation that it begins, and one for each added user who has
 * never written to the sender in a direct conversation. Undefined if there are none; a back end is not limited.
 */
export function invitationOf(
  { sender: { user }, system, conversation, to, entries: [entry] }: PublishedFrame,
  added: readonly string[],
  view: Conversation | undefined,
  directRowWith: (other: string) => InboxRow | undefined,
): Invitation | undefined {
  if (system || entry === undefined) return undefined;
  // A repeat: the group's id is made of its creator and the entry's id.
  if (entry.kind === "create" && view !== undefined) return undefined;
  const members = new Set(view?.members.filter(({ ranges }) => isOpen(ranges)).map((member) => member.user));
  const strangers = added.filter(
    (other) => other !== user && !members.has(other) && !isKnown(directRowWith(other)),
  );
  const begins = view === undefined && (entry.kind === "create" || (to !== undefined && to.user !== user));
  const count = strangers.length + Number(begins);
  if (count === 0) return undefined;
  return { key: begins ? conversation : `${conversation} ${entry.id}`, count };
}

/** True for the row of a direct conversation whose other side has spoken: writing to somebody makes nobody known. */
function isKnown(row: InboxRow | undefined): boolean {
  return row?.peerSpoken === true;
}
