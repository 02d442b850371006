import { expect, test } from "vitest";
import { ConnectionRateLimit } from "../../../functions/core/ingest/connection-rate-limit.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { errorIn, ingestSetup } from "../support/ingest-setup.ts";

test("a connection may send a burst, and then a limited number of frames a second", async () => {
  const ingest = ingestSetup();
  expect(await ingest.sendMany(LIMITS.frameBurst)).toEqual([]);
  expect(await ingest.send()).toMatchObject({
    ids: [`e${LIMITS.frameBurst + 1}`],
    error: { code: "rate_limited", temporary: true, retryAfterMs: 1000 / LIMITS.framesPerSecond },
  });
  ingest.nowMs += 1_000;
  expect(await ingest.sendMany(LIMITS.framesPerSecond + 5)).toHaveLength(5);
  expect(ingest.published).toHaveLength(LIMITS.frameBurst + LIMITS.framesPerSecond);
});

test("each connection has its own bucket, and malformed frames take from it too", async () => {
  const ingest = ingestSetup();
  for (let sent = 0; sent < LIMITS.frameBurst; sent++) await ingest.send("c1", "not JSON");
  expect(errorIn(await ingest.send("c1"))?.code).toBe("rate_limited");
  expect(await ingest.send("c2")).toBeUndefined();
});

test("the buckets of ten thousand connections are kept; those idle longest are forgotten", () => {
  const buckets = new ConnectionRateLimit();
  const drain = (connection: string) => {
    for (let count = 0; count < LIMITS.frameBurst; count++) buckets.take(connection, 0);
  };
  drain("quiet");
  drain("busy");
  for (let number = 0; number < 9_998; number++) buckets.take(`other-${number}`, 0);
  expect(buckets.take("busy", 0)).toBeDefined();
  buckets.take("one too many", 0);
  expect(buckets.take("busy", 0)).toBeDefined();
  expect(buckets.take("quiet", 0)).toBeUndefined();
});

test("a clock set back neither fills nor breaks a bucket", () => {
  const buckets = new ConnectionRateLimit();
  for (let count = 0; count < LIMITS.frameBurst; count++) buckets.take("c", 10_000);
  expect(buckets.take("c", 0)).toBe(50);
});
