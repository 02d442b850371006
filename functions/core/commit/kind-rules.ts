import {
  type Entry,
  type ErasedBody,
  type Kind,
  type KindWith,
  LIMITS,
  type Role,
  traitsOf,
} from "../../../protocol/index.ts";
import type { Member } from "../../ports/conversation-log.ts";
import type { PublishedEntry } from "../../ports/published-frame.ts";
import { hasTooManyPeriods, withRetention } from "../log/retention.ts";
import type { Membership } from "./membership.ts";
import { type Actor, isAtLeast, outranks, type Refusal, refuse } from "./permission.ts";

export interface RuleContext {
  readonly actor: Actor;
  readonly group: Membership;
  /** Added users who have blocked the actor. */
  readonly blockedBy: ReadonlySet<string>;
  /** Added users whom the actor does not know well enough. */
  readonly strangers: ReadonlySet<string>;
  readonly nowMs: number;
}

/** Returns the body as it will stand in the log, or the refusal. */
type Authorize<B> = (body: B, context: RuleContext) => { readonly body: unknown } | Refusal;

interface KindRule<B> {
  /** @default any member may append the body as it is */
  readonly authorize?: Authorize<B>;
  /** Changes the conversation; returns the users whose rows change. @default changes nothing */
  readonly apply?: (state: Membership, body: B, entry: Entry, nowMs: number) => readonly string[];
}

type BodyOf<K extends PublishedEntry["kind"]> = Extract<PublishedEntry, { kind: K }>["body"];

/** One rule for each kind. Kinds that rewrite another entry have theirs in `rewrite.ts`. */
const KIND_RULES: { readonly [K in Exclude<Kind, KindWith<"rewrites">>]: KindRule<BodyOf<K>> } = {
  text: {},
  create: {
    authorize: (body, { blockedBy, strangers }) => {
      // First, so that nobody learns of a block whom they do not know.
      if (strangers.size > 0) return refuse("consent_required");
      return blockedBy.size > 0 ? refuse("blocked") : { body };
    },
  },
  "member.add": {
    authorize: inGroup(authorizeAdd),
    apply: (state, { users }, { seq }) => state.add(users, seq),
  },
  "member.remove": {
    authorize: inGroup(authorizeRemove),
    apply: (state, { users }, { seq }) => state.remove(users, seq),
  },
  "member.leave": {
    authorize: inGroup(authorizeLeave),
    apply: (state, _, { seq, sender }) => state.remove([sender], seq),
  },
  rename: {
    authorize: inGroup((body, context) => (isAdmin(context) ? { body } : refuse("forbidden"))),
    apply: (state, { title }, { sender }) => state.rename(title, sender),
  },
  role: {
    authorize: inGroup(authorizeRole),
    apply: (state, { user, role }) => state.setRole(user, role),
  },
  retention: {
    authorize: authorizeRetention,
    apply: (state, { seconds }, { seq }, nowMs) => state.setRetention(seconds ?? undefined, { seq, nowMs }),
  },
  erased: {
    authorize: authorizeErased,
    apply: (state, body, { seq }, nowMs) => state.erase(body, { seq, nowMs }),
  },
};

/** Returns the rule of a kind. The schemas of the protocol have checked that the body is the kind's. */
function ruleOf(kind: string): KindRule<never> {
  return Object.hasOwn(KIND_RULES, kind) ? KIND_RULES[kind as keyof typeof KIND_RULES] : {};
}

/** Returns the body of an entry as it will stand in the log, naming only the users it concerns; or the refusal. */
export function authorize(
  { kind, body }: PublishedEntry,
  context: RuleContext,
): { readonly body: unknown } | Refusal {
  return ruleOf(kind).authorize?.(body as never, context) ?? { body };
}

/** Applies an entry to the conversation. Returns the users whose rows change. */
export function applyEntry(state: Membership, entry: Entry, nowMs: number): readonly string[] {
  return ruleOf(entry.kind).apply?.(state, entry.body as never, entry, nowMs) ?? [];
}

/** Users that the body of an entry names because their rows change with it. */
export function usersNamed({ kind, body }: { kind: string; body: unknown }): readonly string[] {
  const { members } = traitsOf(kind);
  if (members === undefined || members === "sender") return [];
  const named = (body as Readonly<Record<string, string | readonly string[]>>)[members] ?? [];
  return typeof named === "string" ? [named] : named;
}

/** Users an entry makes members. */
export function usersAdded(entry: { kind: string; body: unknown }): readonly string[] {
  return traitsOf(entry.kind).adds ? usersNamed(entry) : [];
}

/** Member and inbox rows an entry changes, and segments it rewrites: at most two, the entry it names and its edit. */
export function rowsChanged(entry: { kind: string; body: unknown }): number {
  const { members, rewrites } = traitsOf(entry.kind);
  if (rewrites) return 2;
  if (members === undefined) return 0;
  const named = usersNamed(entry).length;
  // The creator is not among the members that the body of `create` names.
  return 2 * (members === "members" ? named + 1 : Math.max(1, named));
}

function isGroup({ group }: RuleContext): boolean {
  return group.head.kind === "group";
}

/** Limits a rule to groups: in a direct conversation the kind is forbidden. */
function inGroup<B>(authorize: Authorize<B>): Authorize<B> {
  return (body, context) => (isGroup(context) ? authorize(body, context) : refuse("forbidden"));
}

function isAdmin({ actor }: RuleContext): boolean {
  return isAtLeast(actor, "admin");
}

function authorizeAdd({ users }: { users: readonly string[] }, context: RuleContext) {
  const { group, blockedBy, strangers } = context;
  if (!isAdmin(context)) return refuse("forbidden");
  const newcomers = users.filter((user) => group.member(user) === undefined);
  if (newcomers.some((user) => strangers.has(user))) return refuse("consent_required");
  if (users.some((user) => blockedBy.has(user))) return refuse("blocked");
  if (newcomers.length === 0) return refuse("conflict");
  if (group.head.memberCount + newcomers.length > LIMITS.membersPerGroup) return refuse("too_large");
  const ranges = newcomers.map((user) => group.row(user)?.ranges.length ?? 0);
  if (Math.max(...ranges) >= LIMITS.rangesPerMember) return refuse("conflict");
  return { body: { users: newcomers } };
}

function authorizeRemove({ users }: { users: readonly string[] }, context: RuleContext) {
  const { actor, group } = context;
  if (!isAdmin(context)) return refuse("forbidden");
  if (!actor.isSystem && users.includes(actor.user)) return refuse("conflict");
  const present = users.map((user) => group.member(user)).filter((member) => member !== undefined);
  if (present.length === 0) return refuse("conflict");
  if (present.some((member) => !mayRemove(actor, member))) return refuse("forbidden");
  const names = present.map(({ user }) => user);
  return wouldBeOrphaned(group, names) ? refuse("conflict") : { body: { users: names } };
}

function mayRemove(actor: Actor, member: Member): boolean {
  return actor.role === "owner" || outranks(actor, member);
}

function authorizeLeave(_: unknown, { actor, group }: RuleContext) {
  if (group.member(actor.user) === undefined || wouldBeOrphaned(group, [actor.user]))
    return refuse("conflict");
  return { body: {} };
}

function authorizeRole({ user, role }: { user: string; role: Role }, { actor, group }: RuleContext) {
  if (!isAtLeast(actor, "owner")) return refuse("forbidden");
  const member = group.member(user);
  if (member === undefined || member.role === role) return refuse("conflict");
  if (member.role === "owner" && group.head.ownerCount === 1) return refuse("conflict");
  return { body: { user, role } };
}

function authorizeRetention(body: { seconds: number | null }, context: RuleContext) {
  if (isGroup(context) && !isAdmin(context)) return refuse("forbidden");
  const { head } = context.group;
  const at = { seq: head.lastSeq + 1, nowMs: context.nowMs };
  return hasTooManyPeriods(withRetention(head, body.seconds ?? undefined, at))
    ? refuse("conflict")
    : { body };
}

/** The group of its last owner goes to the member who is next; an owner that the body names is used if nobody is known. */
function authorizeErased({ user, tombstone, owner }: ErasedBody, { actor, group }: RuleContext) {
  if (!actor.isSystem) return refuse("forbidden");
  const needsOwner = wouldBeOrphaned(group, [user]);
  const next = group.bySeniority().find((member) => member.user !== user)?.user ?? owner;
  if (needsOwner && (next === undefined || group.member(next) === undefined)) return refuse("conflict");
  const body: ErasedBody = {
    user,
    tombstone,
    ...(needsOwner && { owner: next }),
    ...(group.member(user) === undefined && { former: true }),
    ...(group.head.titleBy === user && { untitled: true }),
  };
  return { body };
}

/** A group with members has an owner: the last owner hands over the role before leaving. */
function wouldBeOrphaned(group: Membership, leaving: readonly string[]): boolean {
  const { memberCount, ownerCount } = group.head;
  return ownerCount > 0 && group.owners(leaving) === ownerCount && memberCount > leaving.length;
}
