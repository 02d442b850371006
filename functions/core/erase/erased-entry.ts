import { type Entry, type ErasedBody, isContent, type Kind, traitsOf } from "../../../protocol/index.ts";
import type { Traces } from "../../ports/erasure.ts";
import { withoutText } from "../log/visibility.ts";

/** Whose traces are removed, what replaces the name, and when. */
export interface Erasure {
  readonly user: string;
  readonly tombstone: string;
  readonly atMs: number;
}

export const NO_TRACES: Traces = { texts: 0, titles: 0, reactions: 0, names: 0 };

type Body = Readonly<Record<string, unknown>>;

/** Returns the body of a user's own entry without what the user has put into it. A kind that is not here keeps its body. */
const OWN_BODIES: Readonly<Partial<Record<Kind, (body: Body) => Body>>> = {
  create: ({ title: _, ...body }) => body,
  rename: () => ({ title: "" }),
  // Clients take a reaction back that nobody has made: nothing happens.
  reaction: ({ of }) => ({ of, key: "", remove: true }),
};

/**
 * Returns an entry without what a user has said in it, and with the tombstone wherever it names the user; the same object
 * if there is nothing to change. Only the `erased` entry about the user keeps the name, by which clients know whom to
 * rename.
 */
export function erasedEntry(entry: Entry, erasure: Erasure): Entry {
  const isOwn = entry.sender === erasure.user;
  const body = renamedBody(entry, erasure);
  const reactions = withoutReactions(entry, erasure.user);
  if (!isOwn && body === entry.body && reactions === entry.reactions) return entry;
  const { reactions: _, ...rest } = entry;
  const renamed = { ...rest, body, ...(reactions !== undefined && { reactions }) };
  return isOwn ? withoutOwnContent(renamed, erasure) : renamed;
}

function withoutOwnContent(entry: Entry, { tombstone, atMs }: Erasure): Entry {
  const renamed = { ...entry, sender: tombstone };
  if (isContent(entry.kind)) return withoutContent(renamed, atMs);
  const { reactions: _, editSeq: __, ...rest } = renamed;
  if (entry.kind === "edit") return withoutText(rest);
  const withoutOwn = OWN_BODIES[entry.kind as Kind];
  return withoutOwn === undefined ? rest : { ...rest, body: withoutOwn(entry.body as Body) };
}

/** Returns a text, or an entry of an application, as a deletion leaves it. */
export function withoutContent(entry: Entry, atMs: number): Entry {
  const { reactions: _, editSeq: __, ...rest } = entry;
  return entry.deletedAtMs === undefined ? { ...rest, body: null, deletedAtMs: atMs } : rest;
}

/** Returns the body with the tombstone in every field of users. */
function renamedBody({ kind, body }: Entry, { user, tombstone }: Erasure): unknown {
  const renamed = (name: unknown) => (name === user ? tombstone : name);
  let result = body;
  for (const field of userFields(kind)) {
    const value = (body as Body | null)?.[field];
    const after = Array.isArray(value) ? value.map(renamed) : renamed(value);
    if (JSON.stringify(after) !== JSON.stringify(value)) result = { ...(result as Body), [field]: after };
  }
  return result;
}

/** Fields of a body that hold users. */
function userFields(kind: string): readonly string[] {
  // Its `user` is the name that others must be told.
  if (kind === "erased") return ["owner"];
  if (kind === "reaction") return ["user"];
  const { members } = traitsOf(kind);
  return members === undefined || members === "sender" ? [] : [members];
}

function withoutReactions({ reactions }: Entry, user: string): Entry["reactions"] {
  const all = Object.entries(reactions ?? {});
  if (!all.some(([, users]) => users.includes(user))) return reactions;
  const left = all.map(([key, users]) => [key, users.filter((other) => other !== user)] as const);
  const kept = left.filter(([, users]) => users.length > 0);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Counts what an entry has of a user. */
export function tracesIn(entry: Entry, user: string): Traces {
  const isOwn = entry.sender === user;
  const body = (entry.body ?? {}) as Partial<ErasedBody & { text: string; title: string }>;
  const hasText =
    isOwn && entry.body !== null && (isContent(entry.kind) || (entry.kind === "edit" && "text" in body));
  const hasTitle = isOwn && (entry.kind === "create" || entry.kind === "rename") && Boolean(body.title);
  const reactions = Object.values(entry.reactions ?? {}).filter((users) => users.includes(user)).length;
  const isNamed = isOwn || erasedEntry(entry, { user, tombstone: "", atMs: 0 }) !== entry;
  return {
    texts: Number(hasText),
    titles: Number(hasTitle),
    reactions,
    names: Number(isNamed),
  };
}

export function addTraces(a: Traces, b: Traces): Traces {
  return {
    texts: a.texts + b.texts,
    titles: a.titles + b.titles,
    reactions: a.reactions + b.reactions,
    names: a.names + b.names,
  };
}
