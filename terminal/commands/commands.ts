import type { Role } from "../../client/src/index.ts";
import type { Input } from "./action.ts";

interface Command {
  readonly names: readonly string[];
  readonly usage: string;
  readonly description: string;
  /** Undefined: this is not how it is used. */
  parse(argument: string): Input | undefined;
}

const ROLES: readonly string[] = ["member", "admin", "owner"] satisfies Role[];

export const COMMANDS: readonly Command[] = [
  {
    names: ["open", "to"],
    usage: "/open <user, title or number>",
    description: "a conversation; @<user> is a user for sure",
    parse: (argument) => (argument === "" ? undefined : { do: "open", name: unquote(argument) }),
  },
  withoutArgument("list", "your conversations"),
  withoutArgument("history", "older messages"),
  {
    names: ["group"],
    usage: '/group "<title>" <user> <user> …',
    description: "a new group; one word needs no quotes",
    parse: (argument) => {
      const [title, ...members] = splitWords(argument);
      return title === undefined ? undefined : { do: "create", title, members };
    },
  },
  withoutArgument("members", "who is here, with roles and presence"),
  userList("add", "into the group"),
  userList("remove", "out of the group"),
  withoutArgument("leave", "the group"),
  {
    names: ["rename"],
    usage: "/rename <title>",
    description: "the group",
    parse: (argument) => (argument === "" ? undefined : { do: "rename", title: unquote(argument) }),
  },
  {
    names: ["role"],
    usage: "/role <user> <role>",
    description: "member, admin or owner",
    parse: (argument) => {
      const [user, role, ...more] = splitWords(argument);
      return user !== undefined && isRole(role) && more.length === 0 ? { do: "role", user, role } : undefined;
    },
  },
  {
    names: ["edit"],
    usage: "/edit [#<number>] <text>",
    description: "your last message, or that one",
    parse: (argument) => {
      const { of, rest } = parseReference(argument);
      return rest === "" ? undefined : { do: "edit", of, text: rest };
    },
  },
  {
    names: ["delete"],
    usage: "/delete [#<number>]",
    description: "the same",
    parse: (argument) => {
      const { of, rest } = parseReference(argument);
      return rest === "" ? { do: "delete", of } : undefined;
    },
  },
  reaction("react", "to others' last message, or that one"),
  reaction("unreact", "takes it back"),
  withoutArgument("numbers", "shows the numbers of messages, or hides them"),
  withoutArgument("mute", "no notice of this conversation"),
  withoutArgument("unmute", "notice again"),
  block("block", "whoever you talk to, or this user"),
  block("unblock", "again"),
  withoutArgument("discard", "forgets what could not be sent"),
  withoutArgument("help", "this"),
  withoutArgument("quit", "leave (also Ctrl+D)"),
];

/** What `/help` prints. */
export function formatCommands(): string[] {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    ...COMMANDS.map(({ usage, description }) => `${usage.padEnd(width)}  ${description}`),
    `${"//text".padEnd(width)}  says /text; anything else is a message`,
  ];
}

function withoutArgument(
  name:
    | "list"
    | "history"
    | "members"
    | "leave"
    | "numbers"
    | "mute"
    | "unmute"
    | "discard"
    | "help"
    | "quit",
  description: string,
): Command {
  return {
    names: [name],
    usage: `/${name}`,
    description,
    parse: (argument) => (argument === "" ? { do: name } : undefined),
  };
}

function userList(name: "add" | "remove", description: string): Command {
  return {
    names: [name],
    usage: `/${name} <user> <user> …`,
    description,
    parse: (argument) => {
      const named = splitWords(argument);
      return named.length === 0 ? undefined : { do: name, users: named };
    },
  };
}

function reaction(name: "react" | "unreact", description: string): Command {
  return {
    names: [name],
    usage: `/${name} [#<number>] <emoji>`,
    description,
    parse: (argument) => {
      const { of, rest } = parseReference(argument);
      return rest === "" ? undefined : { do: name, of, key: rest };
    },
  };
}

function block(name: "block" | "unblock", description: string): Command {
  return {
    names: [name],
    usage: `/${name} [<user>]`,
    description,
    parse: (argument) => ({ do: name, user: argument === "" ? undefined : unquote(argument) }),
  };
}

/** `#12 text`. */
function parseReference(argument: string): { readonly of: number | undefined; readonly rest: string } {
  const [, seq, rest = ""] = /^(?:#(\d+)(?:\s+|$))?(.*)$/s.exec(argument) ?? [];
  return { of: seq === undefined ? undefined : Number(seq), rest };
}

/** Names with spaces are in double quotes. */
function splitWords(argument: string): string[] {
  return Array.from(argument.matchAll(/"([^"]+)"|(\S+)/g), ([, quoted, bare = ""]) => quoted ?? bare);
}

function unquote(argument: string): string {
  return /^"(.+)"$/.exec(argument)?.[1] ?? argument;
}

function isRole(role: string | undefined): role is Role {
  return role !== undefined && ROLES.includes(role);
}

export const HELP: readonly string[] = [
  "Up, Down, wheel        choose a conversation; scroll",
  "PageUp, PageDown       by screens; what is older is loaded on the way",
  "Home, End              on an empty line: the oldest loaded, the newest",
  "Enter                  opens what is chosen; sends what is typed",
  "Tab                    on an empty line: to what is unread; after /: completes",
  "Esc                    back",
  "Ctrl+L                 draws everything again",
  "Ctrl+C, Ctrl+D         leave",
  "",
  "… waits to be sent   ✓ in the log   ✓✓ delivered, bold: read   ✗ not sent",
  "",
  ...formatCommands(),
];
