import * as v from "valibot";
import { expect, test } from "vitest";
import { PublishedFrame } from "../../functions/ports/published-frame.ts";
import { decodeClientFrame, isTombstone, ProtocolError, tombstoneOf } from "../../protocol/index.ts";
import { published } from "../support/frames.ts";

const body = { user: "bob", tombstone: "erased:x1" };
const erased = { id: "e1", kind: "erased", body };
const conversation = `d${"a".repeat(43)}`;

test("no client and no back end can say that somebody is erased", () => {
  const send = JSON.stringify({ type: "send", conversation, entries: [erased] });
  expect(() => decodeClientFrame(send)).toThrow(ProtocolError);
  const frame = published({ system: true, entries: [{ id: "e1", kind: "text", body: { text: "hi" } }] });
  expect(v.is(PublishedFrame, frame)).toBe(true);
  expect(v.is(PublishedFrame, { ...frame, entries: [erased] })).toBe(false);
});

test("a tombstone is a user id, by which nobody can be addressed, added, blocked or made a group's member", () => {
  const user = tombstoneOf("x1");
  expect(isTombstone(user)).toBe(true);
  const text = { id: "e1", kind: "text", body: { text: "hi" } };
  const add = { id: "e1", kind: "member.add", body: { users: [user] } };
  const frames = [
    { type: "send", to: { user }, entries: [text] },
    { type: "send", conversation, entries: [add] },
    { type: "create", id: "g1", members: [user] },
    { type: "block", id: "r1", user },
    { type: "unblock", id: "r1", user },
  ];
  for (const frame of frames) {
    expect.soft(() => decodeClientFrame(JSON.stringify(frame)), frame.type).toThrow(ProtocolError);
    const toBob = JSON.stringify(frame).replaceAll(user, "bob");
    expect.soft(() => decodeClientFrame(toBob), frame.type).not.toThrow();
  }
});
