import { expect, test } from "vitest";
import { ingestSetup } from "../support/ingest-setup.ts";

test("a frame's sender is the user of its connection: a frame that names a sender is refused", async () => {
  const ingest = ingestSetup();
  await ingest.send();
  expect(ingest.published.map(({ sender }) => sender)).toEqual([{ user: "alice", connection: "c1" }]);
  const entries = [{ id: "e", kind: "text", body: { text: "I am Bob" } }];
  for (const claim of [{ sender: "bob" }, { sender: { user: "bob" } }, { user: "bob" }, { system: true }]) {
    const text = JSON.stringify({ type: "send", to: { user: "carol" }, entries, ...claim });
    expect((await ingest.send("c1", text))?.error.code).toBe("malformed");
  }
  expect(ingest.published).toHaveLength(1);
});

test("accepted and refused frames are counted", async () => {
  const ingest = ingestSetup();
  await ingest.sendMany(3);
  await ingest.send("c1", "no frame");
  ingest.depth = 101;
  ingest.nowMs += 5_000;
  // The first frame starts the read of the lane.
  await ingest.sendMany(3);
  expect(ingest.metrics.counts).toEqual({ Accepted: 4, "Rejected malformed": 1, Overloaded: 2 });
});
