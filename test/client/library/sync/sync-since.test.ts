import { afterEach, beforeEach, expect, test } from "vitest";
import { LIMITS, type SyncedConversation, type SyncFrame, wireError } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { conversationId } from "../../support/server-log.ts";
import { Wire } from "../../support/wire.ts";
import { entries, WITH_BOB, withBob } from "../../support/with-bob.ts";

let wire: Wire;
let clock: ManualClock;
let alice: Device;

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
  alice = openDevice(wire, "alice", {
    transport: wire.transport,
    clock,
    random: () => 0.5,
    timings: { reconnect: { baseMs: 0, capMs: 0 } },
  });
});

afterEach(() => alice.client.close());

const syncs = (): SyncFrame[] => wire.ends.flatMap((end) => end.of("sync"));
const peers = (count: number): SyncedConversation[] =>
  Array.from({ length: count }, (_, index) => {
    const peer = `p${String(index).padStart(3, "0")}`;
    return withBob(4, { peer, conversation: conversationId("alice", peer), entries: [] });
  }).sort((one, other) => (one.conversation < other.conversation ? -1 : 1));

/** Cuts the connection, and opens the next one. */
async function reopen(): Promise<void> {
  await wire.last.cut();
  clock.advance(0);
  await Promise.resolve();
  await wire.last.open();
}

test("after a reconnect the client asks for what has changed since the last sync began", async () => {
  await wire.connect();
  expect(syncs().at(-1)).not.toHaveProperty("since");
  await reopen();
  await wire.last.answer("sync", { conversations: [], next: WITH_BOB, atMs: 7_000 });
  await wire.last.answer("sync", { conversations: [withBob(2, { entries: entries(1, 2) })], atMs: 8_000 });
  await reopen();
  expect(syncs().at(-1)).toMatchObject({ since: 7_000, cursors: { [WITH_BOB]: [1, 2] } });
  // Bob's conversation is left out: there is nothing new in it.
  await wire.last.answer("sync", { conversations: [], atMs: 9_000 });
  expect(alice.client.state).toBe("online");
  await wire.last.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: entries(3, 3) });
  expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
  await reopen();
  expect(syncs().at(-1)).toMatchObject({ since: 9_000, cursors: { [WITH_BOB]: [1, 3] } });
});

test("a sync that did not come to its end counts for nothing", async () => {
  await wire.connect();
  await reopen();
  await wire.last.answer("sync", { conversations: [withBob(2)], next: WITH_BOB, atMs: 7_000 });
  await reopen();
  expect(syncs().at(-1)).not.toHaveProperty("since");
  await wire.last.answer("sync", { conversations: [], atMs: 8_000 });
  await reopen();
  await wire.last.answer("sync", { conversations: [], next: WITH_BOB, atMs: 9_000 });
  await reopen();
  expect(syncs().at(-1)).toMatchObject({ since: 8_000 });
});

test("a client with more conversations than one page begins with the list of the others", async () => {
  const [first, ...others] = peers(3);
  await Promise.resolve();
  await wire.last.open();
  const { conversation } = others[0] ?? withBob(1);
  await wire.last.answer("sync", { conversations: first ? [first] : [], next: conversation, atMs: 7_000 });
  await wire.last.answer("sync", { conversations: others, atMs: 7_001 });
  expect(syncs().map(({ from, tail }) => [from, tail])).toEqual([
    [undefined, undefined],
    [conversation, 0],
  ]);
  const loading = alice.client.loadOlder(conversation, 3);
  expect(wire.last.of("history")).toMatchObject([{ conversation, before: 5, limit: 3 }]);
  await wire.last.answer("history", { epoch: 1, lastSeq: 4, first: 1, entries: entries(2, 4), more: true });
  expect((await loading).entries.map(({ seq }) => seq)).toEqual([2, 3, 4]);
});

test("a server that does not tell its time gets no field that it does not know", async () => {
  const [first, ...others] = peers(3);
  await Promise.resolve();
  await wire.last.open();
  const conversations = first ? [first] : [];
  await wire.last.answer("sync", { conversations, next: others[0]?.conversation });
  await wire.last.answer("sync", { conversations: others });
  await reopen();
  const known = ["type", "id", "cursors", "from"];
  for (const frame of syncs()) expect(known).toEqual(expect.arrayContaining(Object.keys(frame)));
  expect(syncs()).toHaveLength(3);
});

test("a server that was set back to an older version is asked without the new fields, after one error", async () => {
  await wire.connect();
  await reopen();
  await wire.last.answer("sync", { conversations: [], atMs: 7_000 });
  await reopen();
  const { id, since } = syncs().at(-1) ?? { id: "" };
  expect(since).toBe(7_000);
  const refused = wire.last;
  await refused.push({ type: "error", id, error: wireError("malformed") });
  expect(alice.of("error")).toMatchObject([{ code: "malformed" }]);
  clock.advance(clock.nextDueMs - clock.nowMs());
  await Promise.resolve();
  await wire.last.open();
  expect(wire.last).not.toBe(refused);
  expect(Object.keys(wire.last.of("sync")[0] ?? {}).sort()).toEqual(["cursors", "id", "type"]);
});

test("a request has the cursors of the conversations that its page can have, and no others", async () => {
  const all = peers(LIMITS.longSyncPage + 20);
  await wire.connect(...all);
  await reopen();
  const ids = all.map(({ conversation }) => conversation);
  expect(Object.keys(syncs().at(-1)?.cursors ?? {})).toEqual(ids.slice(0, LIMITS.longSyncPage));
  await wire.last.answer("sync", { conversations: [], next: ids[110], atMs: 1 });
  expect(Object.keys(syncs().at(-1)?.cursors ?? {})).toEqual(ids.slice(110));
});
