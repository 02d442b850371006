import fc from "fast-check";
import { expect, test } from "vitest";
import { ALICE_BOB } from "../../support/frames.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { CommitSimulation } from "../support/commit-simulation.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 500);

test("however invocations crash, overlap and repeat: no gap, no duplicate, no wrong ack, and every device has the log", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const simulation = new CommitSimulation(new SeededRandom(seed).below, 6);
      for (let event = 0; event < 400; event++) await simulation.step({ crashes: event < 300 });
      await simulation.runToCompletion();

      const log = simulation.store.entries(ALICE_BOB);
      const ids = log.map(({ id }) => id).filter((id) => !/^(stranger|early|unstorable)/.test(id));
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBe(3 * 6);
      for (const { id } of log) {
        expect(id).not.toMatch(/^(stranger|unstorable)/);
        // A member may name the conversation once it exists. A frame refused before that stays refused.
        expect(simulation.refused).not.toContain(id);
      }
      expect(log.map(({ sentAtMs }) => sentAtMs)).toEqual(
        log.map(({ sentAtMs }) => sentAtMs).sort((a, b) => a - b),
      );
      for (const { acked } of simulation.senders) {
        for (const [id, seq] of acked) expect(log[seq - 1]?.id).toBe(id);
      }
      for (const { received } of simulation.devices) {
        expect([...received].sort(([a], [b]) => a - b)).toEqual(log.map(({ seq, id }) => [seq, id]));
      }
    }),
    { numRuns: RUNS },
  );
});
