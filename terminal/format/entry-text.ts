import { sanitize } from "../text/sanitize.ts";

/** An entry, or its preview. */
interface Told {
  readonly kind: string;
  readonly body?: unknown;
  readonly text?: string | undefined;
  readonly deletedAtMs?: number | undefined;
}

/** Is it something somebody wrote, as opposed to something they did? */
export function isWritten(kind: string): boolean {
  return kind === "text" || kind.startsWith("x.");
}

/** What it says, as one line to print; of a deed what comes after the name of who did it. */
export function textOf(entry: Told): string {
  return sanitize(plainText(entry));
}

/** `bob: hi`, `bob left`, and of the other side of a direct conversation `hi`. */
export function saidBy(
  entry: Told & { readonly sender: string },
  peer: string | undefined,
  user: string,
): string {
  const { sender, kind } = entry;
  const author = sender === user ? "you" : sanitize(sender);
  if (!isWritten(kind)) return `${author} ${textOf(entry)}`;
  return sender === peer && sender !== user ? textOf(entry) : `${author}: ${textOf(entry)}`;
}

/** The text of an entry, a line for each of its own. */
export function linesOf(entry: Told): string[] {
  return plainText(entry)
    .split(/\r\n?|[\n\u2028\u2029]/)
    .map(sanitize);
}

function plainText({ kind, body, text, deletedAtMs }: Told): string {
  // Every kind has its own, and a preview none; of what is missing nothing is said.
  const {
    text: said = text,
    of,
    key,
    remove,
    title,
    members,
    users,
    user,
    role,
    seconds,
  } = (body ?? {}) as Record<string, unknown>;
  switch (kind) {
    case "text":
      return deletedAtMs === undefined && typeof said === "string" ? said : "(deleted)";
    case "edit":
      return `changed #${of}${said === undefined ? "" : `: ${said}`}`;
    case "delete":
      return `deleted #${of}`;
    case "reaction":
      return `${remove ? "took back" : "reacted"} ${key} to #${of}`;
    case "create":
      return `created the group${title === undefined ? "" : ` ${title}`}${named(" with", members)}`;
    case "member.add":
      return `added${named("", users, " members")}`;
    case "member.remove":
      return `removed${named("", users, " members")}`;
    case "member.leave":
      return "left";
    case "rename":
      return `renamed the group${title === undefined ? "" : ` to ${title}`}`;
    case "role":
      return user === undefined ? "changed a role" : `made ${user} ${role}`;
    case "retention":
      if (seconds === null) return "has everything kept";
      return typeof seconds === "number"
        ? `has messages deleted after ${duration(seconds)}`
        : "changed how long messages are kept";
    default:
      // An application's own are named, not shown.
      return deletedAtMs === undefined ? `(${kind})` : "(deleted)";
  }
}

function named(before: string, users: unknown, otherwise = ""): string {
  return Array.isArray(users) && users.length > 0 ? `${before} ${users.join(", ")}` : otherwise;
}

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

function duration(seconds: number): string {
  if (seconds >= 2 * DAY_SECONDS) return `${Math.round(seconds / DAY_SECONDS)} days`;
  return `${Math.round(seconds / HOUR_SECONDS)} hours`;
}
