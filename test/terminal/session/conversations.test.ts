import { expect, test } from "vitest";
import type { ConversationInfo } from "../../../client/src/index.ts";
import { conversationName, findConversation, findGroup } from "../../../terminal/session/conversations.ts";

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
  conversation("dgone", { peer: "erased:x1" }),
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
  ["8", "dgone"],
])("the name %j opens the right conversation", (name, recipient) => {
  expect(findConversation(name, LIST)).toEqual({ recipient });
});

test("a deleted account has no name", () => {
  expect(conversationName({ conversation: "dgone", peer: "erased:x1", title: undefined })).toBe(
    "Deleted account",
  );
});

test("a title that two groups share is ambiguous, and the error lists their ids", () => {
  const error = "2 groups are called Twins; use the id of one: gone, gtwo";
  expect(findConversation("Twins", LIST)).toEqual({ error });
  expect(findGroup("Twins", LIST)).toEqual({ error });
  expect(findGroup("bob", LIST)).toEqual({ recipient: "gfalse" });
  expect(findGroup("nowhere", LIST)).toBeUndefined();
});

test("a name is sanitized for display, and that form opens the conversation", () => {
  const evil = conversation("gevil", { title: "\u001b[2Jx" });
  expect(conversationName(evil)).toBe("x");
  expect(findConversation("x", [evil])).toEqual({ recipient: "gevil" });
});
