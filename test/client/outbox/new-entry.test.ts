import { expect, test } from "vitest";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";
import { LIMITS } from "../../../protocol/index.ts";

test("an entry keeps the body it was given, even if the application changes the object later", () => {
  const body = { votes: [1] };
  const made = newEntry("e1", { kind: "x.poll", body });
  body.votes.push(2);
  expect(made).toEqual({ id: "e1", kind: "x.poll", body: { votes: [1] } });
});

test("content that no server would accept is refused at once", () => {
  expect(() => newEntry("e", "")).toThrow(/not empty/);
  expect(() => newEntry("e", { kind: "x.big", body: "x".repeat(LIMITS.bodyBytes) })).toThrow(/at most/);
  expect(() => newEntry("e", { kind: "x.none", body: undefined })).toThrow(/JSON/);
  expect(() => newEntry("e", "x".repeat(LIMITS.textBytes + 1))).toThrow(/at most/);
  // Six bytes each as JSON.
  expect(() => newEntry("e", "\u0001".repeat(5000))).toThrow(/at most/);
});

test.each([
  ["a text", "half \ud83d"],
  ["an edit", { kind: "edit", body: { of: 1, text: "\udc4d" } }],
  ["a title", { kind: "rename", body: { title: "\ud83d" } }],
  ["a reaction", { kind: "reaction", body: { of: 1, key: "\ud83d" } }],
  ["a user to add", { kind: "member.add", body: { users: ["bob", "\ud83d"] } }],
  ["a new group", { kind: "create", body: { title: "\ud83d", members: [] } }],
  ["an application's value, deep inside", { kind: "x.a", body: [{ deep: ["\ud83d"] }] }],
  ["an application's key", { kind: "x.a", body: { "\ud83d": 1 } }],
])("%s with half a character is refused at once", (_, content) => {
  expect(() => newEntry("e", content)).toThrow(/half characters/);
});

test("whole characters pass, also if they look like an escape", () => {
  const text = "\\ud83d 👍 \\\\udc4d";
  expect(newEntry("e", text).body).toEqual({ text });
});

test("a text is refused for its size in an edit as in a message", () => {
  const text = "x".repeat(LIMITS.textBytes + 1);
  expect(() => newEntry("e", { kind: "edit", body: { of: 1, text } })).toThrow(/at most/);
  expect(() => newEntry("e", { kind: "edit", body: { of: 1, text: "" } })).toThrow(/not empty/);
  expect(newEntry("e", { kind: "x.note", body: { text: "" } }).body).toEqual({ text: "" });
});
