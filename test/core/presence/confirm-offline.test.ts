import { expect, test } from "vitest";
import { confirmOfflineBatch } from "../../../functions/core/presence/confirm-offline.ts";
import { NOW_MS, presenceSetup } from "../support/presence-setup.ts";

test("a malformed record of the presence queue is retried, and the others of its batch are processed", async () => {
  const { deps, presence } = presenceSetup();
  const record = (id: string, body: string) => ({ id, receiptHandle: id, receiveCount: 1, body });
  const bob = JSON.stringify({ type: "presence.maybe-offline", user: "bob", atMs: NOW_MS });
  expect(
    await confirmOfflineBatch(deps, [record("m1", "{}"), record("m2", bob), record("m3", "no")]),
  ).toEqual(["m1", "m3"]);
  expect(presence.messages).toEqual([{ type: "presence.offline", user: "bob", version: 1, atMs: NOW_MS }]);
});
