import type { Role } from "../../client/src/index.ts";
import type { Input } from "./action.ts";

interface Command {
  readonly names: readonly string[];
  readonly usage: string;
  readonly description: string;
  /** Returns undefined if the argument is wrong. */
  parse(argument: string): Input | undefined;
}

const ROLES: readonly string[] = ["member", "admin", "owner"] satisfies Role[];

export const COMMANDS: readonly Command[] = [
  {
    names: ["open", "to"],
    usage: "/open <user, title or number>",
    description: "opens a conversation; @<user> is always a user",
    parse: (argument) => (argument === "" ? undefined : { do: "open", name: unquote(argument) }),
  },
  withoutArgument("list", "shows your conversations"),
  withoutArgument("history", "shows older messages"),
  {
    names: ["group"],
    usage: '/group "<title>" <user> <user> …',
    description: "creates a group; one word needs no quotes",
    parse: (argument) => {
      const [title, ...members] = splitWords(argument);
      return title === undefined ? undefined : { do: "create", title, members };
    },
  },
  withoutArgument("members", "shows the members with roles and presence"),
  userList("add", "adds users to the group"),
  userList("remove", "removes users from the group"),
  withoutArgument("leave", "leaves the group"),
  {
    names: ["rename"],
    usage: "/rename <title>",
    description: "renames the group",
    parse: (argument) => (argument === "" ? undefined : { do: "rename", title: unquote(argument) }),
  },
  {
    names: ["role"],
    usage: "/role <user> <role>",
    description: "makes a user member, admin or owner",
    parse: (argument) => {
      const [user, role, ...more] = splitWords(argument);
      return user !== undefined && isRole(role) && more.length === 0 ? { do: "role", user, role } : undefined;
    },
  },
  {
    names: ["edit"],
    usage: "/edit [#<number>] <text>",
    description: "edits your last message, or that one",
    parse: (argument) => {
      const { of, rest } = parseReference(argument);
      return rest === "" ? undefined : { do: "edit", of, text: rest };
    },
  },
  {
    names: ["delete"],
    usage: "/delete [#<number>]",
    description: "deletes your last message, or that one",
    parse: (argument) => {
      const { of, rest } = parseReference(argument);
      return rest === "" ? { do: "delete", of } : undefined;
    },
  },
  reaction("react", "reacts to others' last message, or that one"),
  reaction("unreact", "removes your reaction"),
  withoutArgument("numbers", "shows or hides message numbers"),
  withoutArgument("mute", "stops notices of this conversation"),
  withoutArgument("unmute", "starts them again"),
  block("block", "blocks the other user here, or that user"),
  block("unblock", "unblocks them"),
  withoutArgument("discard", "discards messages that failed"),
  withoutArgument("help", "shows this help"),
  withoutArgument("quit", "leaves the chat (also Ctrl+D)"),
];

/** Formats the list of commands for `/help`. */
export function formatCommands(): string[] {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    ...COMMANDS.map(({ usage, description }) => `${usage.padEnd(width)}  ${description}`),
    `${"//text".padEnd(width)}  sends /text; any other line is a message`,
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

/** Parses `#12 text`. */
function parseReference(argument: string): { readonly of: number | undefined; readonly rest: string } {
  const [, seq, rest = ""] = /^(?:#(\d+)(?:\s+|$))?(.*)$/s.exec(argument) ?? [];
  return { of: seq === undefined ? undefined : Number(seq), rest };
}

/** Splits an argument at spaces, except inside double quotes. Names come out in NFC, the only form the server takes. */
function splitWords(argument: string): string[] {
  return Array.from(
    argument.normalize().matchAll(/"([^"]+)"|(\S+)/g),
    ([, quoted, bare = ""]) => quoted ?? bare,
  );
}

function unquote(argument: string): string {
  const name = argument.normalize();
  return /^"(.+)"$/.exec(name)?.[1] ?? name;
}

function isRole(role: string | undefined): role is Role {
  return role !== undefined && ROLES.includes(role);
}

/** Help page of the full-screen chat: keys, symbols and commands. */
export const HELP: readonly string[] = [
  "Up, Down, wheel        select a conversation; scroll",
  "PageUp, PageDown       scroll by screens; older messages are loaded on the way",
  "Home, End              on an empty line: oldest loaded, newest",
  "Enter                  opens the selected conversation; sends the line",
  "Tab                    on an empty line: next unread; after /: completes",
  "Esc                    goes back",
  "Ctrl+L                 redraws the screen",
  "Ctrl+C, Ctrl+D         leave the chat",
  "",
  "… not sent yet   ✓ in the log   ✓✓ delivered, bold: read   ✗ failed",
  "",
  ...formatCommands(),
];
