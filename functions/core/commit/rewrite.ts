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

/** The entry meant, as it is now; and the seqs of the edits that hold what it said. */
export interface Rewriting {
  readonly target: Entry;
  /** An earlier edit, whose text is of no use any more. */
  readonly superseded: number | undefined;
}

export interface RewriteContext {
  readonly actor: Actor;
  readonly isGroup: boolean;
  /** Where the rewriting entry will stand. */
  readonly seq: number;
  readonly atMs: number;
}

/**
 * An edit rewrites the entry it means, a delete redacts it, a reaction is added to it: whoever loads it later finds
 * it as it is, without reading what came after. At any time at most one edit holds its text.
 */
export function rewrite(
  entry: RewritingEntry,
  target: Entry | undefined,
  { actor, isGroup, seq, atMs }: RewriteContext,
): Rewriting | Refusal {
  if (target === undefined) return { refused: "not_found" };
  if (!isContent(target.kind) || target.deletedAtMs !== undefined) return { refused: "conflict" };
  if (entry.kind === "reaction") return react(entry.body, target, actor.user);
  const may = target.sender === actor.user || (isGroup && isAtLeast(actor, "admin")) || actor.isSystem;
  if (!may) return { refused: "forbidden" };
  const superseded = target.editSeq;
  if (entry.kind === "delete") {
    const { reactions: _, editSeq: __, ...rest } = target;
    return { target: { ...rest, body: null, deletedAtMs: atMs }, superseded };
  }
  if (target.kind !== "text") return { refused: "conflict" };
  const body = { text: entry.body.text };
  return { target: { ...target, body, editedAtMs: atMs, editSeq: seq }, superseded };
}

/** Per key a set of users: the same reaction twice is one, taking away what is not there is none. */
function react(
  { key, remove = false }: { key: string; remove?: boolean | undefined },
  target: Entry,
  user: string,
): Rewriting | Refusal {
  const all = new Map(Object.entries(target.reactions ?? {}));
  const users = all.get(key) ?? [];
  if (users.includes(user) !== remove) return { refused: "conflict" };
  const left = remove ? users.filter((other) => other !== user) : [...users, user];
  if (left.length > 0) all.set(key, left);
  else all.delete(key);
  const { reactions: _, ...rest } = target;
  if (all.size === 0) return { target: rest, superseded: undefined };
  const reactions = Object.fromEntries(all);
  if (!remove && utf8Bytes(JSON.stringify(reactions)) > LIMITS.reactionsBytes)
    return { refused: "too_large" };
  return { target: { ...target, reactions }, superseded: undefined };
}
