import { expect, test } from "vitest";
import type { ConversationInfo } from "../../../client/src/index.ts";
import { COMMANDS, formatCommands } from "../../../terminal/commands/commands.ts";
import { parseInput } from "../../../terminal/commands/parse.ts";
import { complete } from "../../../terminal/screen/completion.ts";
import { conversationName, findConversation, findGroup } from "../../../terminal/session/conversations.ts";

test.each([
  ["hello", { do: "send", text: "hello" }],
  ["  indented", { do: "send", text: "  indented" }],
  ["//etc", { do: "send", text: "/etc" }],
  ["", { do: "nothing" }],
  ["/to bob", { do: "open", name: "bob" }],
  ["  /open bob", { do: "open", name: "bob" }],
  ["/to  Bob Ross ", { do: "open", name: "Bob Ross" }],
  ['/to "Bob Ross"', { do: "open", name: "Bob Ross" }],
  ["/to", { do: "invalid", reason: "it is /open <user, title or number>" }],
  ["/list", { do: "list" }],
  ["/list all", { do: "invalid", reason: "it is /list" }],
  ["/shrug", { do: "invalid", reason: "no command /shrug; /help lists them, //shrug says it" }],
  ["/roll 2d20 ", { do: "invalid", reason: "no command /roll; /help lists them, //roll 2d20 says it" }],
  [
    "/usr/bin is where it is, and has been for ages",
    {
      do: "invalid",
      reason: "no command /usr/bin; /help lists them, //usr/bin is where it is, and h… says it",
    },
  ],
  ['/group "Lunch club" bob "Bob Ross"', { do: "create", title: "Lunch club", members: ["bob", "Bob Ross"] }],
  ["/group Lunch", { do: "create", title: "Lunch", members: [] }],
  ["/group", { do: "invalid", reason: 'it is /group "<title>" <user> <user> …' }],
  ["/add bob carol", { do: "add", users: ["bob", "carol"] }],
  ["/remove bob", { do: "remove", users: ["bob"] }],
  ["/leave", { do: "leave" }],
  ["/rename Late lunch", { do: "rename", title: "Late lunch" }],
  ["/role bob admin", { do: "role", user: "bob", role: "admin" }],
  ["/role bob king", { do: "invalid", reason: "it is /role <user> <role>" }],
  ["/edit it is  five", { do: "edit", of: undefined, text: "it is  five" }],
  ["/edit #12 five", { do: "edit", of: 12, text: "five" }],
  ["/edit #12", { do: "invalid", reason: "it is /edit [#<number>] <text>" }],
  ["/edit #twelve", { do: "edit", of: undefined, text: "#twelve" }],
  ["/delete", { do: "delete", of: undefined }],
  ["/delete #3", { do: "delete", of: 3 }],
  ["/delete that", { do: "invalid", reason: "it is /delete [#<number>]" }],
  ["/react 👍", { do: "react", of: undefined, key: "👍" }],
  ["/unreact #7 👍", { do: "unreact", of: 7, key: "👍" }],
  ["/block", { do: "block", user: undefined }],
  ["/unblock Bob Ross", { do: "unblock", user: "Bob Ross" }],
  ["/mute", { do: "mute" }],
])("a typed %j is understood", (line, input) => {
  expect(parseInput(line)).toEqual(input);
});

test("the help has every command, in 80 columns", () => {
  const lines = formatCommands();
  for (const { usage } of COMMANDS) expect(lines.some((line) => line.startsWith(usage))).toBe(true);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

function conversation(id: string, about: Partial<ConversationInfo>): ConversationInfo {
  return { conversation: id, kind: "group", ...about } as ConversationInfo;
}

const LIST = [
  conversation("dbob", { peer: "bob" }),
  conversation("gclub", { title: "Lunch club" }),
  conversation("gone", { title: "Twins" }),
  conversation("gtwo", { title: "Twins" }),
  conversation("g12345678", {}),
  conversation("gfalse", { title: "bob" }),
  conversation("dnumber", { peer: "2" }),
];

test.each([
  ["1", { user: "bob" }],
  ["2", "gclub"],
  ["9", { user: "9" }],
  ["@2", { user: "2" }],
  ["Lunch club", "gclub"],
  ["gclub", "gclub"],
  ["group 123456", "g12345678"],
  ["bob", { user: "bob" }],
  ["6", "gfalse"],
  ["carol", { user: "carol" }],
])("the name %j opens the right conversation", (name, recipient) => {
  expect(findConversation(name, LIST)).toEqual({ recipient });
});

test("of two groups of one title it has to be said which", () => {
  const error = "2 groups are called Twins; say which by its id: gone, gtwo";
  expect(findConversation("Twins", LIST)).toEqual({ error });
  expect(findGroup("Twins", LIST)).toEqual({ error });
  expect(findGroup("bob", LIST)).toEqual({ recipient: "gfalse" });
  expect(findGroup("nowhere", LIST)).toBeUndefined();
});

test("a name that is shown is clean, and opens what it names", () => {
  const evil = conversation("gevil", { title: "\u001b[2Jx" });
  expect(conversationName(evil)).toBe("x");
  expect(findConversation("x", [evil])).toEqual({ recipient: "gevil" });
});

test("commands and names are completed, messages are not", () => {
  expect(complete("/me", ["bob"])).toEqual([["/members "], "/me"]);
  expect(complete("/add b", ["bob", "carol", "bert"])).toEqual([["bob ", "bert "], "b"]);
  expect(complete("hello b", ["bob"])[0]).toEqual([]);
});
