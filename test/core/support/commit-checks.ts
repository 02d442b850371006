import { expect } from "vitest";
import { ALICE_BOB } from "../../support/frames.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { CommitSimulation } from "./commit-simulation.ts";
import type { World } from "./world.ts";

const EVENTS = 400;
/** After this event nothing crashes. */
const CALM_AT = 300;
const MESSAGES = 6;

/** Runs a simulation to its end and checks everything that must hold then. Returns it. */
export async function checkCommitRun(seed: number, world?: World): Promise<CommitSimulation> {
  const simulation = new CommitSimulation(new SeededRandom(seed).below, MESSAGES, world);
  for (let event = 0; event < EVENTS; event++) await simulation.step({ crashes: event < CALM_AT });
  await simulation.runToCompletion();

  const log = simulation.store.entries(ALICE_BOB);
  const ids = log.map(({ id }) => id).filter((id) => !/^(stranger|early|unstorable)/.test(id));
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe(3 * MESSAGES);
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
  const acked = new Map(simulation.senders.flatMap((sender) => [...sender.acked]));
  const found = new Set(simulation.senders.flatMap((sender) => [...sender.found]));
  for (const { received } of simulation.devices) {
    const shown = [...received].sort(([a], [b]) => a - b);
    // An entry whose direct writer died, and whose sender then found it by sync, is found by sync elsewhere, too.
    const due = log.filter(({ seq, id }) => received.has(seq) || acked.has(id) || !found.has(id));
    expect(shown).toEqual(due.map(({ seq, id, body }) => [seq, { id, body }]));
  }

  // However the first words of both came in between each other, a block and crashes: both rows tell of both sides.
  const spoken = (user: string) => (log.some(({ sender }) => sender === user) ? true : undefined);
  for (const [user, peer] of [
    ["alice", "bob"],
    ["bob", "alice"],
  ] as const) {
    const row = simulation.store.row({ user, conversation: ALICE_BOB });
    expect(row).toMatchObject({ peer });
    expect([row?.spoken, row?.peerSpoken]).toEqual([spoken(user), spoken(peer)]);
  }

  expect(simulation.history.wrongs).toEqual([]);
  const unannounced = [...acked.values()].filter((seq) => !simulation.history.announced.has(seq));
  if (simulation.publishesEvents) expect(unannounced).toEqual([]);
  return simulation;
}
