import { describe, expect, test } from "vitest";
import { hueOf, initialsOf, titleOf } from "../../../web/src/format/title.ts";
import { conversationInfo, receipts } from "../support/conversation-info.ts";

describe("a conversation is named", () => {
  test.each([
    ["after the other user", conversationInfo({ peer: "bob" }), "bob"],
    [
      "after its title",
      conversationInfo({ kind: "group", title: "Team", receipts: receipts("bob") }),
      "Team",
    ],
    [
      "after its members, if it has no title",
      conversationInfo({ kind: "group", receipts: receipts("bob", "carol") }),
      "bob, carol",
    ],
    ["a group, if no members are known", conversationInfo({ kind: "group" }), "Group"],
    [
      "a group you left, if nothing else is known",
      conversationInfo({ kind: "group", left: true }),
      "A group you left",
    ],
  ])("%s", (_, about, title) => {
    expect(titleOf(about, "c")).toBe(title);
  });

  test("after the recipient, before it exists", () => {
    expect(titleOf(undefined, { user: "bob" })).toBe("bob");
  });

  test("and has an avatar with initials, always in the same colour", () => {
    expect(["bob", "Book club", "anna.smith@x.org", "👩‍👩‍👧 family", "--"].map(initialsOf)).toEqual([
      "B",
      "BC",
      "AS",
      "👩F",
      "?",
    ]);
    expect(hueOf("bob")).toBe(hueOf("bob"));
    expect(hueOf("")).toBe(0);
  });
});
