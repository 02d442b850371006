import { type ErrorCode, LIMITS, type Role } from "../../../protocol/index.ts";
import type { Member } from "../../ports/conversation-log.ts";
import type { PublishedEntry } from "../../ports/published-frame.ts";
import type { Membership } from "./membership.ts";

/** Who appends an entry: a member with a role, or a back end, which may what an owner may. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly isSystem: boolean;
}

const RANK: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

export function isAtLeast(actor: { readonly role: Role }, role: Role): boolean {
  return RANK[actor.role] >= RANK[role];
}

export type Refusal = { readonly refused: ErrorCode };

/** The body of an entry as it will stand in the log, naming those only whom it concerns. Or why it may not. */
export function authorize(
  entry: PublishedEntry,
  actor: Actor,
  group: Membership,
  blockedBy: ReadonlySet<string>,
): { readonly body: unknown } | Refusal {
  const isGroup = group.head.kind === "group";
  switch (entry.kind) {
    case "create":
      return blockedBy.size > 0 ? refuse("blocked") : { body: entry.body };
    case "retention":
      return isGroup && !isAtLeast(actor, "admin") ? refuse("forbidden") : { body: entry.body };
    case "rename":
      return isGroup && isAtLeast(actor, "admin") ? { body: entry.body } : refuse("forbidden");
    case "member.add":
      return isGroup ? added(entry.body.users, actor, group, blockedBy) : refuse("forbidden");
    case "member.remove":
      return isGroup ? removed(entry.body.users, actor, group) : refuse("forbidden");
    case "member.leave":
      return isGroup ? left(actor, group) : refuse("forbidden");
    case "role":
      return isGroup ? ranked(entry.body, actor, group) : refuse("forbidden");
    default:
      return { body: entry.body };
  }
}

function added(users: readonly string[], actor: Actor, group: Membership, blockedBy: ReadonlySet<string>) {
  if (!isAtLeast(actor, "admin")) return refuse("forbidden");
  if (users.some((user) => blockedBy.has(user))) return refuse("blocked");
  const newcomers = users.filter((user) => group.member(user) === undefined);
  if (newcomers.length === 0) return refuse("conflict");
  if (group.head.memberCount + newcomers.length > LIMITS.membersPerGroup) return refuse("too_large");
  const ranges = newcomers.map((user) => group.row(user)?.ranges.length ?? 0);
  if (Math.max(...ranges) >= LIMITS.rangesPerMember) return refuse("conflict");
  return { body: { users: newcomers } };
}

function removed(users: readonly string[], actor: Actor, group: Membership) {
  if (!isAtLeast(actor, "admin")) return refuse("forbidden");
  if (!actor.isSystem && users.includes(actor.user)) return refuse("conflict");
  const present = users.map((user) => group.member(user)).filter((member) => member !== undefined);
  if (present.length === 0) return refuse("conflict");
  if (present.some((member) => !mayRemove(actor, member))) return refuse("forbidden");
  const names = present.map(({ user }) => user);
  return wouldBeOrphaned(group, names) ? refuse("conflict") : { body: { users: names } };
}

function mayRemove(actor: Actor, { role }: Member): boolean {
  return actor.role === "owner" || RANK[role] < RANK[actor.role];
}

function left(actor: Actor, group: Membership) {
  if (group.member(actor.user) === undefined || wouldBeOrphaned(group, [actor.user]))
    return refuse("conflict");
  return { body: {} };
}

function ranked({ user, role }: { user: string; role: Role }, actor: Actor, group: Membership) {
  if (!isAtLeast(actor, "owner")) return refuse("forbidden");
  const member = group.member(user);
  if (member === undefined || member.role === role) return refuse("conflict");
  if (member.role === "owner" && group.head.ownerCount === 1) return refuse("conflict");
  return { body: { user, role } };
}

/** A group with members has an owner: the last one passes it on before leaving. */
function wouldBeOrphaned(group: Membership, leaving: readonly string[]): boolean {
  const { memberCount, ownerCount } = group.head;
  return ownerCount > 0 && group.owners(leaving) === ownerCount && memberCount > leaving.length;
}

function refuse(refused: ErrorCode): Refusal {
  return { refused };
}
