import type { Role } from "../../client/src/index.ts";
import type { Input } from "./action.ts";

interface Command {
  readonly names: readonly string[];
  readonly usage: string;
  readonly about: string;
  /** Undefined: this is not how it is used. */
  read(argument: string): Input | undefined;
}

const ROLES: readonly string[] = ["member", "admin", "owner"] satisfies Role[];

export const COMMANDS: readonly Command[] = [
  {
    names: ["open", "to"],
    usage: "/open <user, title or number>",
    about: "a conversation; @<user> is a user for sure",
    read: (argument) => (argument === "" ? undefined : { do: "open", name: unquoted(argument) }),
  },
  plain("list", "your conversations"),
  plain("history", "older messages"),
  {
    names: ["group"],
    usage: '/group "<title>" <user> <user> …',
    about: "a new group; one word needs no quotes",
    read: (argument) => {
      const [title, ...members] = words(argument);
      return title === undefined ? undefined : { do: "create", title, members };
    },
  },
  plain("members", "who is here, with roles and presence"),
  users("add", "into the group"),
  users("remove", "out of the group"),
  plain("leave", "the group"),
  {
    names: ["rename"],
    usage: "/rename <title>",
    about: "the group",
    read: (argument) => (argument === "" ? undefined : { do: "rename", title: unquoted(argument) }),
  },
  {
    names: ["role"],
    usage: "/role <user> <role>",
    about: "member, admin or owner",
    read: (argument) => {
      const [user, role, ...more] = words(argument);
      return user !== undefined && isRole(role) && more.length === 0 ? { do: "role", user, role } : undefined;
    },
  },
  {
    names: ["edit"],
    usage: "/edit [#<number>] <text>",
    about: "your last message, or that one",
    read: (argument) => {
      const { of, rest } = reference(argument);
      return rest === "" ? undefined : { do: "edit", of, text: rest };
    },
  },
  {
    names: ["delete"],
    usage: "/delete [#<number>]",
    about: "the same",
    read: (argument) => {
      const { of, rest } = reference(argument);
      return rest === "" ? { do: "delete", of } : undefined;
    },
  },
  reaction("react", "to others' last message, or that one"),
  reaction("unreact", "takes it back"),
  plain("numbers", "shows the numbers of messages, or hides them"),
  plain("mute", "no notice of this conversation"),
  plain("unmute", "notice again"),
  block("block", "whoever you talk to, or this user"),
  block("unblock", "again"),
  plain("discard", "forgets what could not be sent"),
  plain("help", "this"),
  plain("quit", "leave (also Ctrl+D)"),
];

/** What `/help` prints. */
export function commandLines(): string[] {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    ...COMMANDS.map(({ usage, about }) => `${usage.padEnd(width)}  ${about}`),
    `${"//text".padEnd(width)}  says /text; anything else is a message`,
  ];
}

function plain(
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
  about: string,
): Command {
  return {
    names: [name],
    usage: `/${name}`,
    about,
    read: (argument) => (argument === "" ? { do: name } : undefined),
  };
}

function users(name: "add" | "remove", about: string): Command {
  return {
    names: [name],
    usage: `/${name} <user> <user> …`,
    about,
    read: (argument) => {
      const named = words(argument);
      return named.length === 0 ? undefined : { do: name, users: named };
    },
  };
}

function reaction(name: "react" | "unreact", about: string): Command {
  return {
    names: [name],
    usage: `/${name} [#<number>] <emoji>`,
    about,
    read: (argument) => {
      const { of, rest } = reference(argument);
      return rest === "" ? undefined : { do: name, of, key: rest };
    },
  };
}

function block(name: "block" | "unblock", about: string): Command {
  return {
    names: [name],
    usage: `/${name} [<user>]`,
    about,
    read: (argument) => ({ do: name, user: argument === "" ? undefined : unquoted(argument) }),
  };
}

/** `#12 text`. */
function reference(argument: string): { readonly of: number | undefined; readonly rest: string } {
  const [, seq, rest = ""] = /^(?:#(\d+)(?:\s+|$))?(.*)$/s.exec(argument) ?? [];
  return { of: seq === undefined ? undefined : Number(seq), rest };
}

/** Names with spaces are in double quotes. */
function words(argument: string): string[] {
  return Array.from(argument.matchAll(/"([^"]+)"|(\S+)/g), ([, quoted, bare = ""]) => quoted ?? bare);
}

function unquoted(argument: string): string {
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
  ...commandLines(),
];
