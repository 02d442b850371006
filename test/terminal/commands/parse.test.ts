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
  ["/to", { do: "invalid", reason: "usage: /open <user, title or number>" }],
  ["/to jose\u0301", { do: "open", name: "jos\u00e9" }],
  ['/group "Cafe\u0301" jose\u0301', { do: "create", title: "Caf\u00e9", members: ["jos\u00e9"] }],
  ["/list", { do: "list" }],
  ["/list all", { do: "invalid", reason: "usage: /list" }],
  [
    "/shrug",
    { do: "invalid", reason: "unknown command /shrug; /help lists commands, //shrug sends it as text" },
  ],
  [
    "/roll 2d20 ",
    { do: "invalid", reason: "unknown command /roll; /help lists commands, //roll 2d20 sends it as text" },
  ],
  [
    "/usr/bin is where it is, and has been for ages",
    {
      do: "invalid",
      reason:
        "unknown command /usr/bin; /help lists commands, //usr/bin is where it is, and h… sends it as text",
    },
  ],
  ['/group "Lunch club" bob "Bob Ross"', { do: "create", title: "Lunch club", members: ["bob", "Bob Ross"] }],
  ["/group Lunch", { do: "create", title: "Lunch", members: [] }],
  ["/group", { do: "invalid", reason: 'usage: /group "<title>" <user> <user> …' }],
  ["/add bob carol", { do: "add", users: ["bob", "carol"] }],
  ["/remove bob", { do: "remove", users: ["bob"] }],
  ["/leave", { do: "leave" }],
  ["/rename Late lunch", { do: "rename", title: "Late lunch" }],
  ["/role bob admin", { do: "role", user: "bob", role: "admin" }],
  ["/role bob king", { do: "invalid", reason: "usage: /role <user> <role>" }],
  ["/edit it is  five", { do: "edit", of: undefined, text: "it is  five" }],
  ["/edit #12 five", { do: "edit", of: 12, text: "five" }],
  ["/edit #12", { do: "invalid", reason: "usage: /edit [#<number>] <text>" }],
  ["/edit #twelve", { do: "edit", of: undefined, text: "#twelve" }],
  ["/delete", { do: "delete", of: undefined }],
  ["/delete #3", { do: "delete", of: 3 }],
  ["/delete that", { do: "invalid", reason: "usage: /delete [#<number>]" }],
  ["/react 👍", { do: "react", of: undefined, key: "👍" }],
  ["/unreact #7 👍", { do: "unreact", of: 7, key: "👍" }],
  ["/block", { do: "block", user: undefined }],
  ["/unblock Bob Ross", { do: "unblock", user: "Bob Ross" }],
  ["/mute", { do: "mute" }],
])("the line %j is parsed", (line, input) => {
  expect(parseInput(line)).toEqual(input);
});
