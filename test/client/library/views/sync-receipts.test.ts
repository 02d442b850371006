import { afterEach, beforeEach, expect, test } from "vitest";
import type { SyncedConversation } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled, Wire } from "../../support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

let wire: Wire;
let clock: ManualClock;
let alice: Device;

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
  const timings = { reconnect: { baseMs: 0, capMs: 0 } };
  alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5, timings });
});

afterEach(() => alice.client.close());

/** Opens the next connection after the first one has told this much, and returns the receipts it asks for. */
async function receiptsAskedFor(...conversations: SyncedConversation[]) {
  await settled();
  await wire.last.open();
  await wire.last.answer("sync", { conversations, atMs: 7_000 });
  await wire.last.cut();
  clock.advance(0);
  await settled();
  await wire.last.open();
  return wire.last.of("sync")[0]?.receipts;
}

const own = (seq: number) => entry(seq, { sender: "alice" });
const byBob = (readSeq: number) => [{ user: "bob", readSeq, deliveredSeq: readSeq }];

test.each<[string, string[], Partial<SyncedConversation>]>([
  ["the others have not read yet", [WITH_BOB], { entries: [own(1), own(2)], receipts: byBob(1) }],
  [
    "the others have not read yet, although they wrote meanwhile",
    [WITH_BOB],
    { entries: [own(1), entry(2)], receipts: byBob(0) },
  ],
  ["all have read", [], { entries: [own(1), entry(2)], receipts: byBob(1) }],
  ["nobody reports to have read, in a large group", [], { entries: [own(1), own(2)] }],
])("receipts are asked for where the user has written an entry that %s", async (_, expected, about) => {
  expect(await receiptsAskedFor(withBob(2, about))).toEqual(expected);
});

test("of a conversation without entries, receipts are asked for if its preview is the user's own", async () => {
  const { body: __, ...preview } = own(2);
  expect(await receiptsAskedFor(withBob(2, { preview, receipts: byBob(1) }))).toEqual([WITH_BOB]);
});

test("a conversation of the list shows that there is more, and loads it until the server has no more", async () => {
  await wire.connect(withBob(4));
  const { view } = alice.client.conversation(WITH_BOB);
  expect(view.getSnapshot()).toMatchObject({ entries: [], more: true });
  const more = alice.client.conversation(WITH_BOB).loadOlder();
  const page = { epoch: 1, lastSeq: 4, first: 1 };
  await wire.last.answer("history", { ...page, entries: entries(3, 4), more: true });
  expect(await more).toBe(true);
  expect(view.getSnapshot().entries.map(({ seq }) => seq)).toEqual([3, 4]);
  // What is before has been lost with a backup, or has just expired.
  const rest = alice.client.conversation(WITH_BOB).loadOlder();
  await wire.last.answer("history", { ...page, first: 3, entries: [], more: false });
  expect(await rest).toBe(false);
  expect(view.getSnapshot().more).toBe(false);
  expect(await alice.client.conversation(WITH_BOB).loadOlder()).toBe(false);
  expect(wire.last.of("history")).toHaveLength(2);
});

test("a conversation that a sync leaves out stays as it was", async () => {
  const preview = { seq: 2, sender: "bob", kind: "text", text: "hi", sentAtMs: 1 };
  await receiptsAskedFor(withBob(2, { entries: entries(1, 2), unread: 2, preview, muted: true }));
  const before = alice.client.conversations;
  await wire.last.answer("sync", { conversations: [], atMs: 8_000 });
  expect(alice.client.conversations).toEqual(before);
  expect(before).toMatchObject([{ unread: 2, muted: true, preview }]);
});
