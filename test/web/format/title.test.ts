import { describe, expect, test } from "vitest";
import { colorKeyOf, hueOf, initialsOf, titleOf } from "../../../web/src/format/title.ts";
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

  test("the same, in whatever order its members are known, and in the same colour under any name", () => {
    const group = { kind: "group", conversation: "g1" };
    const one = conversationInfo({ ...group, receipts: receipts("hugo", "ines", "jon") });
    const other = conversationInfo({ ...group, receipts: receipts("jon", "hugo", "ines") });
    expect(titleOf(one, "g1")).toBe("hugo, ines, jon");
    expect(titleOf(other, "g1")).toBe("hugo, ines, jon");
    // For another member the name is another, without themselves.
    const forHugo = conversationInfo({ ...group, receipts: receipts("alice", "ines", "jon") });
    const renamed = conversationInfo({ ...group, title: "Team" });
    expect(new Set([one, other, forHugo, renamed].map((info) => colorKeyOf(info, "g1")))).toEqual(
      new Set(["g1"]),
    );
    expect(colorKeyOf(conversationInfo({ peer: "bob" }), "c")).toBe("bob");
    expect(colorKeyOf(undefined, { user: "bob" })).toBe("bob");
  });

  test("and has an avatar with initials, always in the same colour", () => {
    expect(["bob", "Book club", "anna.smith@x.org", "👩‍👩‍👧 family", "--"].map(initialsOf)).toEqual([
      "B",
      "BC",
      "AS",
      "👩‍👩‍👧F",
      "?",
    ]);
    expect(hueOf("bob")).toBe(hueOf("bob"));
    expect(hueOf("")).toBe(0);
  });
});
