/**
 * Traits of an entry kind. Server, client, page and terminal read them from here, so that a new kind is a row of
 * `KINDS`, its body in `fields.ts` and its rule in `functions/core/commit/kind-rules.ts`.
 */
interface KindTraits {
  /** Written by people, who may react to it and delete it; no change of the conversation or of another entry. */
  readonly content?: true;
  /** Counts as unread for everybody but its sender. */
  readonly unread?: true;
  /** Changes the conversation itself, so it is alone in its frame. */
  readonly solitary?: true;
  /** Changes the entry that `body.of` names. Lists and threads show that entry, not this one. */
  readonly rewrites?: true;
  /** Changes member rows: the sender's, or those of the users in this field of the body. */
  readonly members?: "sender" | "user" | "users" | "members";
  /** Makes these users members. */
  readonly adds?: true;
}

/**
 * Every kind whose body means something to the server. `create` comes from a frame of its own, and only the server
 * appends `erased`.
 */
export const KINDS = {
  text: { content: true, unread: true },
  edit: { rewrites: true },
  delete: { rewrites: true },
  reaction: { rewrites: true },
  create: { solitary: true, members: "members", adds: true },
  "member.add": { solitary: true, members: "users", adds: true },
  "member.remove": { solitary: true, members: "users" },
  "member.leave": { solitary: true, members: "sender" },
  rename: { solitary: true },
  role: { solitary: true, members: "user" },
  retention: { solitary: true },
  erased: { solitary: true, members: "user" },
} as const satisfies Record<string, KindTraits>;

export type Kind = keyof typeof KINDS;

/** The kinds with this trait. */
export type KindWith<T extends keyof KindTraits> = {
  [K in Kind]: (typeof KINDS)[K] extends Readonly<Record<T, unknown>> ? K : never;
}[Kind];

/** An application's own kinds, `x.<name>`: opaque to the server, and written by people. */
const APPLICATION: KindTraits = { content: true, unread: true };

/** Returns the traits of a kind; a kind of a newer server has none. */
export function traitsOf(kind: string): KindTraits {
  if (kind.startsWith("x.")) return APPLICATION;
  return Object.hasOwn(KINDS, kind) ? KINDS[kind as Kind] : {};
}

// The client's bundler writes these predicates as patterns made from the table (client/bundle.ts).

export function isContent(kind: string): boolean {
  return traitsOf(kind).content === true;
}

export function countsAsUnread(kind: string): boolean {
  return traitsOf(kind).unread === true;
}

export function isSolitary(kind: string): boolean {
  return traitsOf(kind).solitary === true;
}

export function isRewrite(kind: string): kind is KindWith<"rewrites"> {
  return traitsOf(kind).rewrites === true;
}
