import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry, SyncedConversation } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type FarEnd, settled, Wire } from "../../support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

const GAP_WAIT_MS = 20;

let wire: Wire;
let clock: ManualClock;
let alice: Device;

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
  const timings = { gapWaitMs: GAP_WAIT_MS, retry: { baseMs: 1_000, capMs: 4_000 } };
  alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5, timings });
});

afterEach(() => alice.client.close());

const syncs = () => wire.last.of("sync");

function push(end: FarEnd, epoch: number, ...pushed: Entry[]): Promise<void> {
  return end.push({ type: "entries", conversation: WITH_BOB, epoch, entries: pushed });
}

async function pass(byMs: number): Promise<void> {
  clock.advance(byMs);
  await settled();
}

const answerSync = (...conversations: SyncedConversation[]) => wire.last.answer("sync", { conversations });

test("a new conversation that did not fit into a page begins with the entries of the next page", async () => {
  await settled();
  await wire.last.open();
  await wire.last.answer("sync", { conversations: [withBob(3)], next: WITH_BOB });
  expect(syncs().at(-1)).toMatchObject({ from: WITH_BOB, cursors: {} });
  await answerSync(withBob(3, { entries: entries(1, 3) }));
  expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
});

test("a hole is not requested if the sync under way closes it", async () => {
  const end = await wire.connect(withBob(1, { entries: entries(1, 1) }));
  await end.push({ type: "pong", resync: true });
  await push(end, 1, entry(3));
  await pass(GAP_WAIT_MS * 10);
  expect(end.of("history")).toEqual([]);
  await answerSync(withBob(3, { entries: entries(2, 3) }));
  expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
  expect(end.of("history")).toEqual([]);
});
