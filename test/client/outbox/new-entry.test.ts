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
