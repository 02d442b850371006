import { expect, test } from "vitest";
import { type MillionOptions, MillionSimulation } from "../../bench/simulation/million/million-simulation.ts";
import { simulateReconnectStorm } from "../../bench/simulation/million/reconnect-storm.ts";

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

test("with room for everybody nothing is refused, and every message reaches all", async () => {
  const outcome = await new MillionSimulation(SMALL).run();
  expect(outcome.sent).toBeGreaterThan(200);
  expect([outcome.accepted, outcome.acked, outcome.delivered]).toEqual(Array(3).fill(outcome.sent));
  expect([outcome.refused.size, outcome.throttledPosts, outcome.deadLetters]).toEqual([0, 0, 0]);
});

test("with far too small quotas everything takes longer, and still every message is acknowledged and reaches all", async () => {
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

test("the same seed is the same run", async () => {
  const [one, other] = [await new MillionSimulation(SMALL).run(), await new MillionSimulation(SMALL).run()];
  expect(one.drainMs).toBe(other.drainMs);
  expect(one.ack).toEqual(other.ack);
});

test("everybody is back after an outage, as soon as the quota allows, and hardly later", () => {
  const { reconnectTimes, lastReconnectMs, maxAttempts } = simulateReconnectStorm({
    clients: 20_000,
    perSecond: 500,
    outageMs: 30_000,
  });
  expect(reconnectTimes.count).toBe(20_000);
  expect(lastReconnectMs).toBeGreaterThanOrEqual(39_000);
  // The last ones wait for their own pause, 15 s at most.
  expect(lastReconnectMs).toBeLessThan(39_000 + 20_000);
  expect(maxAttempts).toBeGreaterThan(1);
});
