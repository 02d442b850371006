import fc from "fast-check";
import { expect, test } from "vitest";
import { SeededRandom } from "../../support/seeded-random.ts";
import { PresenceSimulation } from "../support/presence-simulation.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 400);
const TWO_HOURS_MS = 7_200_000;

test.each([
  ["", false],
  ["and disconnects go unnoticed, ", true],
])(
  "messages overtake each other, workers crash, %sand in the end a watcher sees the right presence, or when it expires",
  async (_, losesDisconnects) => {
    const counted = { online: 0, offline: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const simulation = new PresenceSimulation(new SeededRandom(seed).below, { losesDisconnects });
        for (let event = 0; event < 250; event++) await simulation.step();
        await simulation.runToCompletion();
        const { view, nowMs, disconnectLost } = simulation;
        if (view === undefined) return;
        const seemsOnline = view.online && (view.expiresAtMs ?? 0) > nowMs;
        if (simulation.isBobConnected) {
          counted.online += 1;
          expect(seemsOnline).toBe(true);
        } else if (!disconnectLost) {
          counted.offline += 1;
          expect(seemsOnline).toBe(false);
        }
        if (view.online) expect(view.expiresAtMs).toBeLessThanOrEqual(nowMs + TWO_HOURS_MS);
      }),
      { numRuns: RUNS },
    );
    expect(counted.online).toBeGreaterThan(RUNS / 20);
    if (!losesDisconnects) expect(counted.offline).toBeGreaterThan(RUNS / 20);
  },
);
