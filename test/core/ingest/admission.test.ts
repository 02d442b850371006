import { expect, test } from "vitest";
import { errorIn, ingestSetup } from "../support/ingest-setup.ts";

test("a full lane takes no more frames: the sender gets an error with the ids and when to retry", async () => {
  const ingest = ingestSetup();
  ingest.depth = 101;
  expect(await ingest.send()).toMatchObject({
    type: "error",
    ids: ["e1"],
    error: { code: "overloaded", temporary: true, retryAfterMs: expect.any(Number) },
  });
  expect(ingest.published).toEqual([]);
  ingest.depth = 100;
  ingest.nowMs += 5_000;
  expect(await ingest.send()).toBeUndefined();
});

test("refused senders get different times to retry", async () => {
  for (const [random, retryAfterMs] of [
    [0, 5_000],
    [0.5, 7_500],
  ] as const) {
    const ingest = ingestSetup({ random: () => random });
    ingest.depth = 1_000;
    expect(errorIn(await ingest.send())?.retryAfterMs).toBe(retryAfterMs);
  }
});

test("the queue depth is read every five seconds, not for every frame", async () => {
  const ingest = ingestSetup();
  await ingest.sendMany(20);
  expect(ingest.reads).toBe(1);
  ingest.nowMs += 4_999;
  await ingest.send();
  expect(ingest.reads).toBe(1);
  ingest.nowMs += 1;
  await ingest.send();
  expect(ingest.reads).toBe(2);
});

test("a lane far from full is read while the frame is published; a filling lane is read first", async () => {
  const depths = [10, 60, 101];
  let answer = () => undefined as undefined;
  const ingest = ingestSetup({
    readDepth: async () => {
      const depth = depths.shift() ?? 0;
      if (depth === 60) {
        await new Promise<void>((resolve) => {
          answer = () => void resolve();
        });
      }
      return depth;
    },
  });
  await ingest.send();
  ingest.nowMs += 5_000;
  let done = false;
  const sent = ingest.send().finally(() => {
    done = true;
  });
  // The frame is published, but the call waits for the reading.
  await new Promise((resolve) => setImmediate(resolve));
  expect([ingest.published.length, done]).toEqual([2, false]);
  answer();
  expect(await sent).toBeUndefined();
  ingest.nowMs += 5_000;
  expect(errorIn(await ingest.send())?.code).toBe("overloaded");
});

test("an unknown queue depth refuses nobody", async () => {
  const ingest = ingestSetup({ readDepth: () => Promise.reject(new Error("no SQS")) });
  expect(await ingest.send()).toBeUndefined();
  expect(ingest.published).toHaveLength(1);
});
