import { expect, test } from "vitest";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";

test("an application's own entry is taken as it is now, whatever becomes of the object", () => {
  const body = { votes: [1] };
  const made = newEntry("e1", { kind: "x.poll", body });
  body.votes.push(2);
  expect(made).toEqual({ id: "e1", kind: "x.poll", body: { votes: [1] } });
});
