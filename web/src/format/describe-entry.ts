import type { ConversationInfo, Preview } from "../../../client/src/index.ts";

interface Described {
  readonly kind: string;
  readonly sender: string;
  readonly body: unknown;
}

/** What is said by an entry nobody wrote: somebody came, went, or changed something. */
export function describeEvent({ kind, sender, body }: Described, me: string): string {
  const {
    users = [],
    members = [],
    user = "",
    role,
    title,
    seconds,
  } = (body ?? {}) as {
    users?: readonly string[];
    members?: readonly string[];
    user?: string;
    role?: string;
    title?: string;
    seconds?: number | null;
  };
  const who = nameOf(sender, me);
  switch (kind) {
    case "create":
      return members.length === 0
        ? `${who} created the group`
        : `${who} created the group with ${list(members, me)}`;
    case "member.add":
      return `${who} added ${list(users, me)}`;
    case "member.remove":
      return `${who} removed ${list(users, me)}`;
    case "member.leave":
      return `${who} left`;
    case "rename":
      return `${who} named the group “${title ?? ""}”`;
    case "role":
      return `${who} made ${list([user], me)} ${role === "member" ? "a member" : `an ${role}`}`;
    case "retention":
      return seconds == null
        ? `${who} keeps messages for ever`
        : `${who} keeps messages for ${duration(seconds)}`;
    default:
      return `${who}: ${kind}`;
  }
}

/** One line for a list. */
export function describePreview(preview: Preview, { kind, peer }: ConversationInfo, me: string): string {
  const { sender, text } = preview;
  if (preview.kind === "text") {
    const said = text ?? "Deleted message";
    if (sender === me) return `You: ${said}`;
    return kind === "direct" && sender === peer ? said : `${sender}: ${said}`;
  }
  if (preview.kind.startsWith("x.")) return `${nameOf(sender, me)}: ${preview.kind.slice(2)}`;
  return PREVIEWED_EVENTS[preview.kind]?.(nameOf(sender, me)) ?? "";
}

/** A preview has no body. */
const PREVIEWED_EVENTS: Readonly<Record<string, (who: string) => string>> = {
  create: (who) => `${who} created the group`,
  "member.add": (who) => `${who} added someone`,
  "member.remove": (who) => `${who} removed someone`,
  "member.leave": (who) => `${who} left`,
  rename: (who) => `${who} renamed the group`,
  role: (who) => `${who} changed a role`,
  retention: (who) => `${who} changed how long messages are kept`,
};

function nameOf(user: string, me: string): string {
  return user === me ? "You" : user;
}

/** `bob`, `bob and carol`, `bob, carol and dave`; oneself last, as one would say it. */
function list(users: readonly string[], me: string): string {
  const names = [...users.filter((user) => user !== me), ...(users.includes(me) ? ["you"] : [])];
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}

function duration(seconds: number): string {
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `${hours} ${hours === 1 ? "hour" : "hours"}` : `${Math.round(hours / 24)} days`;
}
