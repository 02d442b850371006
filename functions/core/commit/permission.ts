import type { ErrorCode, Role } from "../../../protocol/index.ts";

/** The author of an entry: a member with a role, or a back end, which may do what an owner may. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly isSystem: boolean;
}

interface Ranked {
  readonly role: Role;
}

const RANK: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

export function rankOf(role: Role): number {
  return RANK[role];
}

export function isAtLeast(actor: Ranked, role: Role): boolean {
  return RANK[actor.role] >= RANK[role];
}

export function outranks(actor: Ranked, other: Ranked): boolean {
  return RANK[actor.role] > RANK[other.role];
}

export type Refusal = { readonly refused: ErrorCode };

export function refuse(refused: ErrorCode): Refusal {
  return { refused };
}
