import { describe, expect, test } from "vitest";
import { hueOf, initialsOf, titleOf } from "../../../web/src/format/title.ts";
import { conversationInfo, receipts } from "../support/conversation-info.ts";

describe("a conversation is called", () => {
  test.each([
    ["by the other side", conversationInfo({ peer: "bob" }), "bob"],
    ["by its title", conversationInfo({ kind: "group", title: "Team", receipts: receipts("bob") }), "Team"],
    [
      "by its members, without one",
      conversationInfo({ kind: "group", receipts: receipts("bob", "carol") }),
      "bob, carol",
    ],
    ["a group, of those nothing is known of", conversationInfo({ kind: "group" }), "Group"],
    [
      "a group one left, where nobody tells more",
      conversationInfo({ kind: "group", left: true }),
      "A group you left",
    ],
  ])("%s", (_, about, title) => {
    expect(titleOf(about, "c")).toBe(title);
  });

  test("by the user, before there is one", () => {
    expect(titleOf(undefined, { user: "bob" })).toBe("bob");
  });

  test("and pictured by initials, in a colour that is always the same", () => {
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
