import { expect, test } from "vitest";
import { type MillionOptions, MillionSimulation } from "../../bench/simulation/million/million-simulation.ts";

const AMPLE_QUOTAS = {
  gatewayPerSecond: 100_000,
  lambdaConcurrency: 10_000,
  fifoPublishesPerSecond: 30_000,
  readUnitsPerSecond: 100_000,
  writeUnitsPerSecond: 100_000,
};
const SMALL: MillionOptions = {
  messagesPerSecond: 150,
  durationMs: 2_000,
  conversations: 40,
  groupShare: 0.3,
  groupSize: 8,
  offlineShare: 0.3,
  lanes: 4,
  commitConcurrency: 40,
  deliverConcurrency: 20,
  limits: AMPLE_QUOTAS,
};

test("with ample quotas no frame is refused, and every message reaches everybody", async () => {
  const outcome = await new MillionSimulation(SMALL).run();
  expect(outcome.sent).toBeGreaterThan(200);
  expect([outcome.accepted, outcome.acked, outcome.delivered]).toEqual(Array(3).fill(outcome.sent));
  expect([outcome.refused.size, outcome.throttledPosts, outcome.deadLetters]).toEqual([0, 0, 0]);
});

test("with far too small quotas everything takes longer, but every message is still acknowledged and reaches everybody", async () => {
  const tight = { ...AMPLE_QUOTAS, gatewayPerSecond: 300, lambdaConcurrency: 20, readUnitsPerSecond: 300 };
  const outcome = await new MillionSimulation({ ...SMALL, limits: tight }).run();
  const unhurried = await new MillionSimulation(SMALL).run();
  expect(
    outcome.throttledPosts + [...outcome.refused.values()].reduce((sum, count) => sum + count, 0),
  ).toBeGreaterThan(100);
  expect([outcome.accepted, outcome.acked, outcome.delivered]).toEqual(Array(3).fill(outcome.sent));
  expect(outcome.deadLetters).toBe(0);
  expect(outcome.push.percentile(0.5)).toBeGreaterThan(unhurried.push.percentile(0.5));
});

test("the same seed gives the same run", async () => {
  const [one, other] = [await new MillionSimulation(SMALL).run(), await new MillionSimulation(SMALL).run()];
  expect(one.drainMs).toBe(other.drainMs);
  expect(one.ack).toEqual(other.ack);
});
