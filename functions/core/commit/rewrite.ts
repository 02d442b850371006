import {
  type Entry,
  isContent,
  isRewrite,
  type KindWith,
  LIMITS,
  utf8Bytes,
} from "../../../protocol/index.ts";
import type { PublishedEntry } from "../../ports/published-frame.ts";
import { type Actor, isAtLeast, type Refusal } from "./permission.ts";

export type RewritingEntry = Extract<PublishedEntry, { kind: KindWith<"rewrites"> }>;

export function isRewriting(entry: PublishedEntry): entry is RewritingEntry {
  return isRewrite(entry.kind);
}

/** Result of an edit, delete or reaction. */
export interface Rewriting {
  readonly target: Entry;
  /** Seq of an earlier edit, whose text must go. */
  readonly superseded: number | undefined;
}

export interface RewriteContext {
  readonly actor: Actor;
  readonly isGroup: boolean;
  /** Seq that the rewriting entry will have. */
  readonly seq: number;
  readonly atMs: number;
}

/**
 * Rewrites the entry that an edit, delete or reaction names, so that a reader finds its current form without reading
 * what came after it. At any time at most one edit holds the text.
 */
export function rewrite(
  entry: RewritingEntry,
  target: Entry | undefined,
  { actor, isGroup, seq, atMs }: RewriteContext,
): Rewriting | Refusal {
  if (target === undefined) return { refused: "not_found" };
  if (!isContent(target.kind) || target.deletedAtMs !== undefined) return { refused: "conflict" };
  if (entry.kind === "reaction") return react(entry.body, target, actor, isGroup);
  if (target.sender !== actor.user && !mayModerate(actor, isGroup)) return { refused: "forbidden" };
  const superseded = target.editSeq;
  if (entry.kind === "delete") {
    const { reactions: _, editSeq: __, ...rest } = target;
    return { target: { ...rest, body: null, deletedAtMs: atMs }, superseded };
  }
  if (target.kind !== "text") return { refused: "conflict" };
  const body = { text: entry.body.text };
  return { target: { ...target, body, editedAtMs: atMs, editSeq: seq }, superseded };
}

/** True if the actor may change what others wrote. */
function mayModerate(actor: Actor, isGroup: boolean): boolean {
  return (isGroup && isAtLeast(actor, "admin")) || actor.isSystem;
}

/**
 * Adds or removes a reaction. Each key has a set of users: a second equal reaction, or removing none, is a conflict.
 */
function react(
  body: Extract<RewritingEntry, { kind: "reaction" }>["body"],
  target: Entry,
  actor: Actor,
  isGroup: boolean,
): Rewriting | Refusal {
  const { key, remove = false, user = actor.user } = body;
  if (user !== actor.user && !mayModerate(actor, isGroup)) return { refused: "forbidden" };
  const all = new Map(Object.entries(target.reactions ?? {}));
  const users = all.get(key) ?? [];
  if (users.includes(user) !== remove) return { refused: "conflict" };
  const left = remove ? users.filter((other) => other !== user) : [...users, user];
  if (left.length > 0) all.set(key, left);
  else all.delete(key);
  const { reactions: _, ...rest } = target;
  if (all.size === 0) return { target: rest, superseded: undefined };
  const reactions = Object.fromEntries(all);
  const keysOfUser = Object.values(reactions).filter((reacting) => reacting.includes(user)).length;
  const isTooLarge =
    keysOfUser > LIMITS.reactionsPerUser || utf8Bytes(JSON.stringify(reactions)) > LIMITS.reactionsBytes;
  if (!remove && isTooLarge) return { refused: "too_large" };
  return { target: { ...target, reactions }, superseded: undefined };
}
