import { expect, test } from "vitest";
import type { ConversationInfo } from "../../../client/src/index.ts";
import { LookAlikes } from "../../../web/src/state/look-alikes.ts";
import { conversationInfo, receipts } from "../support/conversation-info.ts";

function lookAlikes(me: string, inbox: readonly ConversationInfo[]) {
  let snapshot = inbox;
  const warnings = new LookAlikes(me, { getSnapshot: () => snapshot, subscribe: () => () => {} });
  return { warnings, show: (next: readonly ConversationInfo[]) => (snapshot = next) };
}

test("a name like that of somebody the user talks to is marked, and so is that one", () => {
  const direct = (peer: string) => conversationInfo({ conversation: peer, peer });
  const { warnings, show } = lookAlikes("me", [direct("alice"), direct("bob")]);
  expect(warnings.warningAbout("alice")).toBeUndefined();
  expect(warnings.warningAbout("Alice")).toBe(
    "Not the same user as “alice”: this name has “A” (U+0041), the other “a” (U+0061).",
  );
  show([direct("alice"), direct("аlice")]);
  expect(warnings.warningAbout("alice")).toContain("“а” (U+0430)");
  expect(warnings.warningAbout("аlice")).toContain("“alice”");
  expect(warnings.warningAbout("bob")).toBeUndefined();
});

test("a name like the user's own, or like that of a member of a group, is marked", () => {
  const group = conversationInfo({ kind: "group", receipts: receipts("carol", "dave") });
  const { warnings } = lookAlikes("bill", [group]);
  expect(warnings.warningAbout("biII")).toContain("Not the same user as you, “bill”");
  expect(warnings.warningAbout("caroI")).toContain("“carol”");
  expect(warnings.warningAbout("bill")).toBeUndefined();
});

test("a name that mixes scripts is marked, even if it is like no other", () => {
  const { warnings } = lookAlikes("me", []);
  expect(warnings.warningAbout("zоe")).toContain("mixes Latin letters");
  expect(warnings.warningAbout("zoe")).toBeUndefined();
});
