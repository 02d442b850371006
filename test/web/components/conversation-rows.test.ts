import { describe, expect, test } from "vitest";
import type { Recipient, Unsent } from "../../../client/src/index.ts";
import { isOpenRow, rowsOf } from "../../../web/src/components/conversation-rows.ts";
import { conversationInfo } from "../support/conversation-info.ts";

const withBob = conversationInfo({ conversation: "d-bob", peer: "bob" });
const team = conversationInfo({ conversation: "g-team", kind: "group", title: "Team" });

function unsent(recipient: Recipient): Unsent {
  return { recipient, status: "queued", entry: { id: "e", kind: "text", body: { text: "hi" } } };
}

const keys = (list: readonly Unsent[]) => rowsOf([withBob, team], list).map(({ key }) => key);

describe("the rows of the list", () => {
  test("are the conversations in their order", () => {
    expect(keys([])).toEqual(["d-bob", "g-team"]);
  });

  test("begin with those that have unsent messages, each once", () => {
    expect(keys([unsent("g-team")])).toEqual(["g-team", "d-bob"]);
    const [first] = rowsOf([withBob, team], [unsent("g-team")]);
    expect(first).toMatchObject({ info: { title: "Team" }, unsent: { status: "queued" } });
  });

  test("have new conversations too, and those that are not loaded without a connection", () => {
    const rows = rowsOf([], [unsent({ user: "carol" }), unsent("d-unknown")]);
    expect(rows.map(({ recipient, info }) => [recipient, info])).toEqual([
      [{ user: "carol" }, undefined],
      ["d-unknown", undefined],
    ]);
  });

  test("know the open one, by its id or its user", () => {
    const [bob, carol] = rowsOf([withBob], [unsent({ user: "carol" })]).toReversed();
    if (bob === undefined || carol === undefined) throw new Error("two rows");
    expect([isOpenRow(bob, "d-bob"), isOpenRow(bob, { user: "bob" })]).toEqual([true, true]);
    expect(isOpenRow(carol, { user: "carol" })).toBe(true);
    expect([isOpenRow(bob, undefined), isOpenRow(bob, { user: "carol" })]).toEqual([false, false]);
    expect(isOpenRow(carol, "d-bob")).toBe(false);
  });
});
