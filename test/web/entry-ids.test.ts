import { describe, expect, test } from "vitest";
import { entryIdsOf, frameTypeOf } from "../../wiring/entry-ids.ts";

describe("the entry ids in a text", () => {
  test.each([
    ["a frame", { type: "send", entries: [{ id: "a" }, { id: "b" }] }, ["a", "b"]],
    ["a new group", { type: "create", id: "g", members: [] }, ["g"]],
    ["a refusal", { type: "reject", ids: ["a"] }, ["a"]],
    ["a request, whose id is not an entry's", { type: "history", id: "r" }, []],
    ["nonsense", { entries: [null, 1, { id: 2 }, { id: "a" }] }, ["a"]],
    ["a JSON string", "text", []],
  ])("of %s", (_, value, ids) => {
    expect(entryIdsOf(JSON.stringify(value))).toEqual(ids);
  });

  test("of invalid JSON are none", () => {
    expect(entryIdsOf("{")).toEqual([]);
    expect([frameTypeOf('{"type":"ack","x":1}'), frameTypeOf("{")]).toEqual(["ack", ""]);
  });
});
