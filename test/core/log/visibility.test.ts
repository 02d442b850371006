import { expect, test } from "vitest";
import { redactFor } from "../../../functions/core/log/visibility.ts";
import type { Entry } from "../../../protocol/index.ts";

const original: Entry = {
  seq: 5,
  id: "1",
  sender: "alice",
  kind: "text",
  body: { text: "new" },
  sentAtMs: 1,
};
const edited: Entry = { ...original, editSeq: 25, editedAtMs: 2, reactions: { "👍": ["bob"] } };

test("a member sees an entry as it is now, edited and reacted to", () => {
  expect(redactFor([[1]], edited)).toBe(edited);
  expect(redactFor([[1, 10], [30]], edited)).toBe(edited);
});

test("an edit of an entry from before a member joined does not reveal its text", () => {
  const edit: Entry = { ...original, seq: 25, kind: "edit", body: { of: 5, text: "new" } };
  expect(redactFor([[1]], edit)).toBe(edit);
  expect(redactFor([[20]], edit).body).toEqual({ of: 5 });
});

test("a former member sees earlier entries, without later edits or reactions", () => {
  expect(redactFor([[1, 10]], original)).toEqual(original);
  expect(redactFor([[1, 10]], edited)).toMatchObject({ body: null, editedAtMs: 2 });
  expect(redactFor([[1, 10]], edited)).not.toHaveProperty("reactions");
  expect(redactFor([[1, 30]], edited).body).toEqual({ text: "new" });
});
