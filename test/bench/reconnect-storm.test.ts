import { expect, test } from "vitest";
import { simulateReconnectStorm } from "../../bench/simulation/million/reconnect-storm.ts";

test("after an outage all clients reconnect hardly later than the quota allows", () => {
  const { reconnectTimes, lastReconnectMs, maxAttempts } = simulateReconnectStorm({
    clients: 20_000,
    perSecond: 500,
    outageMs: 30_000,
  });
  expect(reconnectTimes.count).toBe(20_000);
  expect(lastReconnectMs).toBeGreaterThanOrEqual(39_000);
  // The last clients wait for their own delay, 15 s at most.
  expect(lastReconnectMs).toBeLessThan(39_000 + 20_000);
  expect(maxAttempts).toBeGreaterThan(1);
});
