import { describe, expect, test } from "vitest";
import { describeEvent, describePreview } from "../../../web/src/format/describe-entry.ts";
import { conversationInfo } from "../support/conversation-info.ts";

describe("an event in a group is described in a sentence", () => {
  test.each([
    ["create", {}, "bob created the group"],
    ["create", { members: ["alice", "carol"] }, "bob created the group with carol and you"],
    ["member.add", { users: ["alice"] }, "bob added you"],
    ["member.remove", { users: ["carol", "dave", "eve"] }, "bob removed carol, dave, and eve"],
    ["member.leave", {}, "bob left"],
    ["rename", { title: "Team" }, "bob renamed the group to “Team”"],
    ["role", { user: "alice", role: "admin" }, "bob made you an admin"],
    ["role", { user: "carol", role: "member" }, "bob made carol a member"],
    ["retention", { seconds: 7 * 24 * 3600 }, "bob set messages to be kept for 7 days"],
    ["retention", { seconds: null }, "bob set messages to be kept forever"],
    ["newer.kind", null, "bob (newer.kind)"],
  ])("%s %j: %s", (kind, body, sentence) => {
    expect(describeEvent({ kind, sender: "bob", body }, "alice")).toBe(sentence);
    expect(describeEvent({ kind, sender: "alice", body: { users: ["bob"] } }, "alice")).toMatch(/^You/);
  });
});

test.each([
  ["bob", "text", "hi", conversationInfo({ peer: "bob" }), "hi"],
  ["alice", "text", "hi", conversationInfo({ peer: "bob" }), "You: hi"],
  ["bob", "text", "hi", conversationInfo({ kind: "group" }), "bob: hi"],
  ["bob", "text", undefined, conversationInfo({ peer: "bob" }), "Deleted message"],
  ["bob", "x.poll", undefined, conversationInfo({ kind: "group" }), "bob: poll"],
  ["bob", "member.add", undefined, conversationInfo({ kind: "group" }), "bob added members"],
])("the preview of %s's %s is one line", (sender, kind, text, about, line) => {
  expect(describePreview({ sender, kind, text }, about, "alice")).toBe(line);
});
