/** Text, or names that a user interface writes its own way: users (as names, or "you") and a title (in quotes). */
export type PhrasePart = string | { readonly users: readonly string[] } | { readonly title: string };

export type Phrase = readonly PhrasePart[];

/** Fields of any body. A preview has no body, so each may be missing. */
interface Body {
  readonly of?: number;
  readonly text?: string;
  readonly key?: string;
  readonly remove?: boolean;
  readonly title?: string;
  readonly members?: readonly string[];
  readonly users?: readonly string[];
  readonly user?: string;
  readonly role?: string;
  readonly seconds?: number | null;
  readonly owner?: string;
}

const PHRASES: Readonly<Record<string, (body: Body) => Phrase>> = {
  edit: ({ of, text }) => [`changed #${of}`, ...(text === undefined ? [] : [`: ${text}`])],
  delete: ({ of }) => [`deleted #${of}`],
  reaction: ({ of, key, remove, user }) =>
    user === undefined
      ? [remove ? `removed ${key} from #${of}` : `reacted with ${key} to #${of}`]
      : [`removed ${key} of `, { users: [user] }, ` from #${of}`],
  create: ({ title, members = [] }) => [
    "created the group",
    ...(title === undefined ? [] : [" ", { title }]),
    ...(members.length === 0 ? [] : [" with ", { users: members }]),
  ],
  "member.add": ({ users = [] }) => ["added ", users.length === 0 ? "members" : { users }],
  "member.remove": ({ users = [] }) => ["removed ", users.length === 0 ? "members" : { users }],
  "member.leave": () => ["left"],
  // The title of an erased user is gone.
  rename: ({ title = "" }) => ["renamed the group", ...(title === "" ? [] : [" to ", { title }])],
  role: ({ user, role }) =>
    user === undefined
      ? ["changed a role"]
      : ["made ", { users: [user] }, role === "member" ? " a member" : ` an ${role}`],
  retention: ({ seconds }) => {
    if (seconds === undefined) return ["changed how long messages are kept"];
    return [`set messages to be kept ${seconds === null ? "forever" : `for ${inWords(seconds)}`}`];
  },
  erased: ({ owner }) => [
    "is gone, with all that they wrote",
    ...(owner === undefined ? [] : ["; ", { users: [owner] }, " owns the group now"]),
  ],
};

/**
 * Returns what an entry did, in words that follow its sender's name: `added bob`, `left`. For every kind that people do
 * not write; the body may be missing, as in a preview.
 */
export function describeEntry({ kind, body }: { readonly kind: string; readonly body?: unknown }): Phrase {
  const phrase = Object.hasOwn(PHRASES, kind) ? PHRASES[kind] : undefined;
  return phrase?.((body ?? {}) as Body) ?? [`(${kind})`];
}

/** `1 hour`, `36 hours`, `7 days`. */
function inWords(seconds: number): string {
  const hours = Math.round(seconds / 3600);
  if (hours < 48) return `${hours} ${hours === 1 ? "hour" : "hours"}`;
  return `${Math.round(hours / 24)} days`;
}
