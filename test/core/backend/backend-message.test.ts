import { expect, test } from "vitest";
import { backendMessage } from "../../../backend/index.ts";

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
