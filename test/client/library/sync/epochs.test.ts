import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
const texts = () => alice.texts(WITH_BOB);

function push(end: FarEnd, epoch: number, ...pushed: Entry[]): Promise<void> {
  return end.push({ type: "entries", conversation: WITH_BOB, epoch, entries: pushed });
}

async function pass(byMs: number): Promise<void> {
  clock.advance(byMs);
  await settled();
}

const answerSync = (...conversations: SyncedConversation[]) => wire.last.answer("sync", { conversations });
const rewritten = (seq: number) =>
  entry(seq, { id: `new-${seq}`, body: { text: `new ${seq}` }, sentAtMs: 1_800_000_000_000 + seq });

describe("a newer epoch", () => {
  test("that is pushed before a sync includes it is requested, ever more slowly, until one does", async () => {
    const end = await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(end, 2, entry(3));
    for (const [round, pauseMs] of [500, 1_000, 2_000, 2_000].entries()) {
      await answerSync(withBob(2));
      expect(syncs()).toHaveLength(round + 2);
      await pass(pauseMs - 1);
      expect(syncs()).toHaveLength(round + 2);
      await pass(1);
      expect(syncs()).toHaveLength(round + 3);
    }
    await answerSync(withBob(3, { epoch: 2, entries: entries(3, 3) }));
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
    await pass(60_000);
    expect(syncs()).toHaveLength(6);
  });

  test("that is in several pushes is requested no more often for that", async () => {
    const end = await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(end, 2, entry(3));
    await answerSync(withBob(2));
    await pass(100);
    await push(end, 2, entry(4));
    await answerSync(withBob(2));
    expect(syncs()).toHaveLength(3);
    await pass(400);
    await answerSync(withBob(2));
    await pass(999);
    expect(syncs()).toHaveLength(4);
  });

  test("that no sync included before the connection was lost is requested on the next one", async () => {
    const end = await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(end, 2, entry(3));
    await end.cut();
    await pass(50);
    await wire.connect(withBob(2));
    expect(syncs()).toHaveLength(2);
  });

  test("is not entered from a position that the server has not compared with", async () => {
    const end = await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await end.push({ type: "pong", resync: true });
    // Appended before the restore, which lost it.
    await push(end, 1, entry(3));
    await answerSync(withBob(3, { epoch: 2, entries: [rewritten(3)] }));
    expect(syncs().at(-1)?.cursors).toEqual({ [WITH_BOB]: [1, 3] });
    await answerSync(withBob(3, { epoch: 2, reset: true, entries: [...entries(1, 2), rewritten(3)] }));
    expect(alice.of("reset")).toEqual([{ conversation: WITH_BOB, epoch: 2, seq: 0 }]);
    expect(texts()).toEqual(["text 1", "text 2", "text 3", "text 1", "text 2", "new 3"]);
  });

  test("that appears in the history that fills a hole is synced", async () => {
    const end = await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(end, 1, entry(4));
    await pass(GAP_WAIT_MS);
    await end.answer("history", { epoch: 2, lastSeq: 4, first: 1, entries: [rewritten(3)], more: false });
    expect(syncs()).toHaveLength(2);
    await answerSync(withBob(4, { epoch: 2, entries: [rewritten(3), rewritten(4)] }));
    expect(texts()).toEqual(["text 1", "text 2", "new 3", "new 4"]);
  });

  test("that begins while older entries are loaded makes those void", async () => {
    const end = await wire.connect(withBob(60, { entries: entries(36, 60) }));
    const older = alice.client.loadOlder(WITH_BOB, 10);
    await settled();
    await end.push({ type: "pong", resync: true });
    await answerSync(withBob(50, { epoch: 2, reset: true, entries: entries(26, 50) }));
    await end.answer("history", { epoch: 1, lastSeq: 60, first: 1, entries: entries(1, 10), more: false });
    expect(await older).toEqual({ entries: [], more: true });

    const again = alice.client.loadOlder(WITH_BOB, 10);
    await settled();
    expect(end.of("history").at(-1)).toMatchObject({ before: 26 });
    await end.answer("history", { epoch: 2, lastSeq: 50, first: 1, entries: entries(16, 25), more: true });
    expect((await again).entries).toHaveLength(10);
  });
});
