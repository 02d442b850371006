import fc from "fast-check";
import { expect, test } from "vitest";
import { SeededRandom } from "../../support/seeded-random.ts";
import { PresenceSimulation } from "../support/presence-simulation.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 400);
const TWO_HOURS_MS = 7_200_000;

test.each([
  ["", false],
  ["and departures go unnoticed, ", true],
])(
  "whatever overtakes what, workers die %sin the end a watcher believes what is so, or knows until when",
  async (_, losesDepartures) => {
    const counted = { here: 0, gone: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const world = new PresenceSimulation(new SeededRandom(seed).below, { losesDepartures });
        for (let event = 0; event < 250; event++) await world.step();
        await world.settle();
        const { belief, nowMs, departureLost } = world;
        if (belief === undefined) return;
        const isBelieved = belief.online && (belief.expiresAtMs ?? 0) > nowMs;
        if (world.isBobHere) {
          counted.here += 1;
          expect(isBelieved).toBe(true);
        } else if (!departureLost) {
          counted.gone += 1;
          expect(isBelieved).toBe(false);
        }
        if (belief.online) expect(belief.expiresAtMs).toBeLessThanOrEqual(nowMs + TWO_HOURS_MS);
      }),
      { numRuns: RUNS },
    );
    expect(counted.here).toBeGreaterThan(RUNS / 20);
    if (!losesDepartures) expect(counted.gone).toBeGreaterThan(RUNS / 20);
  },
);
