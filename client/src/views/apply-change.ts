import type { ErasedBody } from "../../../protocol/index.ts";
import { isContent } from "../../../protocol/kinds.ts";
import type { Entry } from "../api/entry.ts";

/**
 * Applies an `edit`, `delete` or `reaction` to the entry it refers to. The entry may be newer than the change, if it was
 * loaded after it.
 */
export function applyChange<E extends Entry>(held: E, change: Entry): E {
  if (held.deletedAtMs !== undefined) return held;
  const {
    text,
    key = "",
    remove,
    // An admin may remove another's reaction.
    user = change.sender,
  } = change.body as { text?: string; key?: string; remove?: boolean; user?: string };
  switch (change.kind) {
    case "edit": {
      if (text === undefined || change.seq <= (held.editSeq ?? 0)) return held;
      return { ...held, body: { text }, editedAtMs: change.sentAtMs, editSeq: change.seq };
    }
    case "delete": {
      const { reactions: _, editSeq: __, ...rest } = held;
      return { ...rest, body: null, deletedAtMs: change.sentAtMs } as unknown as E;
    }
    default: {
      const others = (held.reactions?.[key] ?? []).filter((other) => other !== user);
      const users = remove ? others : [...others, user];
      const { [key]: _, ...rest } = held.reactions ?? {};
      const reactions = users.length > 0 ? { ...held.reactions, [key]: users } : rest;
      return { ...held, reactions: Object.keys(reactions).length > 0 ? reactions : undefined };
    }
  }
}

/**
 * Applies an `erased` entry to one before it: what the user has said in it is gone, and the tombstone stands wherever it
 * names them.
 */
export function applyErased<E extends Entry>(held: E, erased: Entry): E {
  if (held.seq >= erased.seq) return held;
  const { user, tombstone } = erased.body as ErasedBody;
  const isOwn = held.sender === user;
  let after = held;
  for (const key in held.reactions) {
    // Any kind but `edit` and `delete` is taken for a reaction.
    after = applyChange(after, { ...erased, body: { key, remove: true, user } });
  }
  if (!isContent(held.kind)) {
    const body = JSON.parse(JSON.stringify(held.body ?? null), (key, value) => {
      if (isOwn && key === "title") return undefined;
      // In `user`, `owner` and lists: a role, or a title, may be spelled like a user.
      return value === user && /er$|\d/.test(key) ? tombstone : value;
    });
    after = { ...after, body };
  } else if (isOwn) after = applyChange(after, { ...erased, kind: "delete" });
  return isOwn ? { ...after, sender: tombstone } : after;
}

/** Returns the seq of the entry that a change refers to. */
export function targetSeq({ body }: { readonly body: unknown }): number | undefined {
  return (body as { of?: number } | null)?.of;
}
