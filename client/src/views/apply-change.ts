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

/** Returns the seq of the entry that a change refers to. */
export function targetSeq({ body }: { readonly body: unknown }): number | undefined {
  return (body as { of?: number } | null)?.of;
}
