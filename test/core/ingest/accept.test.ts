import { describe, expect, test } from "vitest";
import type { DirectAppend } from "../../../functions/core/ingest/accept.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { errorIn, ingestSetup } from "../support/ingest-setup.ts";

test("a frame's sender is the user of its connection: a frame that names a sender is refused", async () => {
  const ingest = ingestSetup();
  await ingest.send();
  expect(ingest.published.map(({ sender }) => sender)).toEqual([{ user: "alice", connection: "c1" }]);
  const entries = [{ id: "e", kind: "text", body: { text: "I am Bob" } }];
  for (const claim of [{ sender: "bob" }, { sender: { user: "bob" } }, { user: "bob" }, { system: true }]) {
    const text = JSON.stringify({ type: "send", to: { user: "carol" }, entries, ...claim });
    expect(errorIn(await ingest.send("c1", text))?.code).toBe("malformed");
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

describe("with a direct writer", () => {
  const ACK = { type: "ack" as const, conversation: "c", epoch: 1, entries: [] };

  /** A writer that gives this answer to every frame, and notes the frames. */
  function writer(answer: Awaited<ReturnType<DirectAppend["write"]>>) {
    const asked: PublishedFrame[] = [];
    const write: DirectAppend["write"] = async (frame) => {
      asked.push(frame);
      return answer;
    };
    return { write, asked };
  }

  test("a frame that it has written is answered at once, however full the queue is, and not published", async () => {
    const direct = writer(ACK);
    const ingest = ingestSetup({ direct });
    ingest.depth = 1_000;
    expect(await ingest.send()).toEqual(ACK);
    expect(direct.asked).toMatchObject([
      { frame: "c1m1", sender: { user: "alice", connection: "c1" }, entries: [{ id: "e1" }] },
    ]);
    expect([ingest.published, ingest.reads]).toEqual([[], 0]);
    expect(ingest.metrics.counts).toEqual({ Accepted: 1 });
  });

  test("a frame that it leaves to the queue is published as it is, and its sender is told so", async () => {
    const direct = writer(undefined);
    const ingest = ingestSetup({ direct });
    const answer = await ingest.send();
    expect(ingest.published).toEqual(direct.asked);
    const [frame] = ingest.published;
    expect(answer).toEqual({ type: "accepted", conversation: frame?.conversation, ids: ["e1"] });
    expect(ingest.metrics.counts).toEqual({ Accepted: 1 });
  });

  test("a frame that can be neither written nor published may be sent again", async () => {
    const ingest = ingestSetup({
      direct: writer(undefined),
      publish: () => Promise.reject(new Error("no SNS")),
    });
    expect(await ingest.send()).toMatchObject({
      type: "error",
      ids: ["e1"],
      error: { code: "unavailable", temporary: true },
    });
    expect(ingest.metrics.counts).toEqual({ "Rejected unavailable": 1 });
  });

  test("a full lane refuses what it leaves to the queue", async () => {
    const ingest = ingestSetup({ direct: writer(undefined) });
    ingest.depth = 101;
    expect(errorIn(await ingest.send())?.code).toBe("overloaded");
  });

  test("frames that are refused on arrival do not reach it", async () => {
    const direct = writer(ACK);
    const ingest = ingestSetup({ direct });
    await ingest.send("c1", "no frame");
    for (let count = 0; count < LIMITS.unitBurst; count++) await ingest.send("c1");
    expect(direct.asked).toHaveLength(LIMITS.unitBurst - 1);
  });

  test.each([
    ["create", { type: "create", id: "g", members: ["bob"] }],
    ["block", { type: "block", id: "b", user: "bob" }],
  ])("a `%s` is not answered before it is decided: its route has no response", async (_, frame) => {
    const ingest = ingestSetup({ direct: writer(undefined) });
    expect(await ingest.send("c1", JSON.stringify(frame))).toBeUndefined();
    expect(ingest.published).toHaveLength(1);
  });
});

test("without a direct writer a frame is published, and `commit` answers", async () => {
  const ingest = ingestSetup();
  expect(await ingest.send()).toBeUndefined();
  expect(ingest.published).toHaveLength(1);
});
