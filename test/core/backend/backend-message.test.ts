import { expect, test } from "vitest";
import { BackendMessageError, backendMessage } from "../../../backend/index.ts";

const invoice = {
  sender: "billing",
  to: { user: "alice" },
  entries: [{ id: "invoice-17", kind: "text" as const, body: { text: "Your invoice is ready." } }],
  nowMs: 1_000,
};

test("a message that is published again is an attempt of its own, so that SNS does not swallow it", () => {
  const [first, second] = [backendMessage(invoice), backendMessage(invoice)];
  expect(first.MessageDeduplicationId).not.toBe(second.MessageDeduplicationId);
  const [one, two] = [first, second].map(({ Message }) => JSON.parse(Message));
  expect(one.frame).not.toBe(two.frame);
  // It is known by its entries, if it is in the log already.
  expect({ ...one, frame: "" }).toEqual({ ...two, frame: "" });
  expect(one).toMatchObject({ seen: "recent", entries: [{ id: "invoice-17" }] });
});

test.each([
  ["a text", "text", { text: "half \ud83d" }],
  ["an edit", "edit", { of: 1, text: "\udc4d" }],
  ["a title", "rename", { title: "\ud83d" }],
  ["an application's body", "x.invoice", { lines: [{ "\ud83d": 1 }] }],
] as const)("%s with half a character is refused with an error that says where", (_, kind, body) => {
  const message = { ...invoice, entries: [{ id: "e1", kind, body }] } as Parameters<typeof backendMessage>[0];
  expect(() => backendMessage(message)).toThrow(BackendMessageError);
  expect(() => backendMessage(message)).toThrow(/entries\.0\.body/);
});

test("the title of a new group with half a character is refused", () => {
  const create = { id: "g1", title: "\ud83d", members: ["alice"] };
  const message = { sender: "billing", create, nowMs: 1_000 };
  expect(() => backendMessage(message)).toThrow(BackendMessageError);
});

test.each([
  { ...invoice, sender: "bill\u200bing" },
  { ...invoice, to: { user: "jose\u0301" } },
  { sender: "billing", create: { id: "g", title: "\u202egpj.exe", members: [] }, nowMs: 1_000 },
  { sender: "billing", create: { id: "g", members: ["\u3164"] }, nowMs: 1_000 },
])("a back end cannot write a name that a client could not", (message) => {
  expect(() => backendMessage(message)).toThrow(BackendMessageError);
});
