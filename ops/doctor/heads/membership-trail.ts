import type { Entry, ErasedBody, Role } from "../../../protocol/index.ts";
import type { PartFacts } from "./log-facts.ts";
import type { Interval } from "./log-shape.ts";

/** Last word of the log about a user. */
export interface Trace {
  readonly isOpen: boolean;
  /** Undefined if the log does not tell. */
  readonly role: Role | undefined;
  /** The entry that made the user a member, or the last one they may read; undefined if the log does not tell. */
  readonly seq: number | undefined;
}

/**
 * Reads from the log who is a member of a group. Where entries are missing, the log from before tells nothing of what
 * holds after them.
 */
export function membershipTrail(
  parts: readonly PartFacts[],
  gaps: readonly Interval[],
): ReadonlyMap<string, Trace> {
  const trail = new Map<string, Trace>();
  const pending = [...gaps];
  for (const entry of parts.flatMap(({ changes }) => changes)) {
    while ((pending[0]?.[0] ?? Number.POSITIVE_INFINITY) < entry.seq) {
      pending.shift();
      trail.clear();
    }
    follow(trail, entry);
  }
  if (pending.length > 0) trail.clear();
  return trail;
}

function follow(trail: Map<string, Trace>, { kind, seq, sender, body }: Entry): void {
  const {
    users = [],
    members = [],
    user,
    role,
  } = body as {
    users?: string[];
    members?: string[];
    user?: string;
    role?: Role;
  };
  const open = (names: readonly string[]) => {
    for (const name of names) trail.set(name, { isOpen: true, role: "member", seq });
  };
  const close = (names: readonly string[]) => {
    for (const name of names) trail.set(name, { isOpen: false, role: "member", seq });
  };
  if (kind === "create") {
    open(members);
    trail.set(sender, { isOpen: true, role: "owner", seq });
  }
  if (kind === "member.add") open(users);
  if (kind === "member.remove") close(users);
  if (kind === "member.leave") close([sender]);
  if (kind === "erased") eraseFrom(trail, body as ErasedBody);
  if (kind === "role" && user !== undefined) {
    trail.set(user, { isOpen: true, role, seq: trail.get(user)?.seq });
  }
}

/** Nobody has rows of an erased user. */
function eraseFrom(trail: Map<string, Trace>, { user, tombstone, owner }: ErasedBody): void {
  trail.delete(user);
  trail.delete(tombstone);
  if (owner !== undefined) trail.set(owner, { isOpen: true, role: "owner", seq: trail.get(owner)?.seq });
}
