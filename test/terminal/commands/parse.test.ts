import { expect, test } from "vitest";
import { parseInput } from "../../../terminal/commands/parse.ts";

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
])("the line %j is parsed", (line, input) => {
  expect(parseInput(line)).toEqual(input);
});
