import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import {
  type Cursor,
  LIMITS,
  type SyncedConversation,
  type SyncFrame,
  SyncResult,
} from "../../../protocol/index.ts";
import { MemoryInbox, MemoryLog, type MemoryStore } from "../../support/memory-ports.ts";
import { requestResult, storeWithLogs } from "../support/command-setup.ts";
import { CountedReads } from "../support/counting-ports.ts";
import { textEntry } from "../support/logs.ts";

const HOUR_MS = 60 * 60_000;
const NOW_MS = 1_795_300_000_000;
/** Time of the last sync. */
const SINCE_MS = NOW_MS - HOUR_MS;

type Request = Partial<Omit<SyncFrame, "type" | "id">>;

/** Conversations with a friend each, whose two last texts are in the head. */
function storeOf(count: number, entriesOfEach = 40) {
  const sentAtMs = SINCE_MS - HOUR_MS;
  const logs = Array.from({ length: count }, (_, friend) =>
    Array.from({ length: entriesOfEach }, (_, index) =>
      textEntry(index + 1, { sender: `friend ${friend}`, body: { text: "See you at eight!" }, sentAtMs }),
    ),
  );
  const { store, conversations } = storeWithLogs(logs, { tailLength: 2, segmentLength: 5 });
  for (const [conversation, head] of store.heads) {
    const { seq, sender, kind } = head.tail.at(-1) ?? textEntry(1);
    const preview = { seq, sender, kind, text: "See you at eight!", sentAtMs };
    store.heads.set(conversation, { ...head, preview, createdAtMs: sentAtMs, updatedAtMs: sentAtMs });
    changeRow(store, conversation, { readSeq: entriesOfEach });
  }
  return { store, ids: [...conversations].sort() };
}

function changeRow(store: MemoryStore, conversation: string, over: Partial<InboxRow>): void {
  const row = store.row({ user: "alice", conversation });
  if (row !== undefined) store.putRow("alice", { ...row, ...over });
}

async function sync(store: MemoryStore, request: Request, counts = new CountedReads(store)) {
  const frame = { type: "sync", cursors: {}, ...request };
  return v.parse(SyncResult, await requestResult(store, frame, { ...counts, now: () => NOW_MS }));
}

/** Syncs until there is no next page, sending the cursors of each page. */
async function syncAll(store: MemoryStore, request: Request, counts: CountedReads) {
  const { cursors = {}, ...rest } = request;
  const ids = Object.keys(cursors).sort();
  const replies: SyncResult[] = [];
  let from: string | undefined;
  do {
    const page = ids.filter((id) => id >= (from ?? "")).slice(0, LIMITS.longSyncPage);
    const sent = Object.fromEntries(page.map((id) => [id, cursors[id] ?? [1, 0]] as [string, Cursor]));
    const reply = await sync(store, { ...rest, cursors: sent, ...(from !== undefined && { from }) }, counts);
    replies.push(reply);
    from = reply.next;
  } while (from !== undefined);
  return replies;
}

const atEnd = (ids: readonly string[], seq = 40) =>
  Object.fromEntries(ids.map((id): [string, Cursor] => [id, [1, seq]]));
const idsOf = ({ conversations }: SyncResult) => conversations.map(({ conversation }) => conversation);

test("1 000 silent conversations take a dozen replies and hardly more than a read unit each", async () => {
  const { store, ids } = storeOf(1_000);
  const counts = new CountedReads(store);
  const replies = await syncAll(store, { since: SINCE_MS, cursors: atEnd(ids) }, counts);
  expect(replies.flatMap(idsOf)).toEqual([]);
  expect(replies.length).toBeLessThanOrEqual(12);
  expect(counts.units).toBeLessThanOrEqual(1_100);
  expect([counts.segments.length, counts.rows.byKey]).toEqual([0, 0]);
});

test("the first list of 1 000 conversations takes 18 replies at most, and reads no segment", async () => {
  const { store, ids } = storeOf(1_000);
  const counts = new CountedReads(store);
  const replies = await syncAll(store, { tail: 0 }, counts);
  expect(replies.flatMap(idsOf)).toEqual(ids);
  expect(replies.length).toBeLessThanOrEqual(18);
  expect(counts.segments).toEqual([]);
  for (const conversation of replies.flatMap(({ conversations }) => conversations)) {
    expect(conversation).toMatchObject({ entries: [], unread: 0, lastSeq: 40, receipts: [{}] });
  }
});

test("every reply has the server's time for a later `since`", async () => {
  const { store } = storeOf(1);
  expect((await sync(store, {})).atMs).toBe(NOW_MS);
});

test("without `since` and `tail`, conversations come as ever: all of them, 25 at a time", async () => {
  const { store, ids } = storeOf(30);
  const reply = await sync(store, { cursors: atEnd(ids) });
  expect(idsOf(reply)).toEqual(ids.slice(0, LIMITS.syncPage));
  expect(reply.conversations[0]?.receipts).toEqual([
    { user: expect.any(String), readSeq: 0, deliveredSeq: 0 },
  ]);
});

test("`tail` is the number of entries of a conversation without a cursor; a reset brings 25", async () => {
  const { store, ids } = storeOf(3);
  const [fresh = "", reset = "", known = ""] = ids;
  const cursors: Record<string, Cursor> = { [reset]: [7, 3], [known]: [1, 30] };
  const { conversations } = await sync(store, { tail: 3, cursors });
  const seqs = new Map(
    conversations.map(({ conversation, entries }) => [conversation, entries.map(({ seq }) => seq)]),
  );
  expect(seqs.get(fresh)).toEqual([38, 39, 40]);
  expect(seqs.get(reset)).toHaveLength(LIMITS.syncTail);
  expect(seqs.get(known)).toHaveLength(10);
});

describe("with `since`, a conversation comes", () => {
  const changes: [string, (store: MemoryStore, id: string) => Request | undefined][] = [
    ["if the device has no cursor", (_, id) => ({ cursors: atEnd([id].filter(() => false)) })],
    ["if entries are new", (_, id) => ({ cursors: atEnd([id], 39) })],
    ["in a new epoch", (_, id) => ({ cursors: { [id]: [2, 40] } })],
    [
      "if a setting or cursor of the user has changed",
      (store, id) => void changeRow(store, id, { changedAtMs: SINCE_MS + 1 }),
    ],
    [
      "if that happened so close to the last sync that clocks may differ",
      (store, id) => void changeRow(store, id, { changedAtMs: SINCE_MS - 30_000 }),
    ],
    ["if its receipts are asked for", (_, id) => ({ receipts: [id] })],
    [
      "if entries may have expired meanwhile",
      (store, id) => void changeRow(store, id, { keepSeconds: (4 * HOUR_MS) / 1_000 }),
    ],
  ];

  test.each(changes)("%s", async (_, change) => {
    const { store, ids } = storeOf(2);
    const [silent = "", id = ""] = ids;
    const request = change(store, id) ?? {};
    const cursors = { ...atEnd([silent]), ...(request.cursors ?? atEnd([id])) };
    const { conversations } = await sync(store, { since: SINCE_MS, ...request, cursors });
    expect(conversations).toMatchObject([{ conversation: id, receipts: [{}] }]);
  });

  test("not if nothing has changed, or all its entries had expired before", async () => {
    const { store, ids } = storeOf(2);
    const [old = "", expired = ""] = ids;
    changeRow(store, old, { changedAtMs: SINCE_MS - 61_000 });
    changeRow(store, expired, { keepSeconds: 600 });
    expect((await sync(store, { since: SINCE_MS, cursors: atEnd(ids) })).conversations).toEqual([]);
  });
});

/** Something that happens to the conversation of this number, at a time after the one before. */
const happening = fc.record({
  friend: fc.nat(7),
  what: fc.constantFrom("entry", "read", "mute", "unmute", "keep", "keep for ever", "sync" as const),
  passedMs: fc.constantFrom(1, 10_000, 61_000, HOUR_MS),
});

test("a device that names its last sync knows the same as one that does not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      let nowMs = NOW_MS;
      const logs = Array.from({ length: 8 }, () => [textEntry(1, { sender: "bob", sentAtMs: nowMs })]);
      const { store, conversations } = storeWithLogs(logs, {
        tailLength: 3,
        segmentLength: 1,
        now: () => nowMs,
      });
      const inbox = new MemoryInbox(store);
      const log = new MemoryLog(store);
      const known = new Map<string, Omit<SyncedConversation, "entries">>();
      let since: number | undefined;
      const syncNow = async (request: Request) =>
        v.parse(SyncResult, await requestResult(store, { type: "sync", ...request }, { now: () => nowMs }));
      const catchUp = async () => {
        const cursors = Object.fromEntries(
          [...known].map(([id, { epoch, lastSeq }]): [string, Cursor] => [id, [epoch, lastSeq]]),
        );
        const reply = await syncNow({ cursors, since });
        for (const { entries: _, ...about } of reply.conversations) known.set(about.conversation, about);
        since = reply.atMs;
      };
      for (const { friend, what, passedMs } of [...happenings, { friend: 0, what: "sync", passedMs: 1 }]) {
        nowMs += passedMs;
        const conversation = conversations[friend] ?? "";
        const key = { user: "alice", conversation };
        const head = store.heads.get(conversation);
        if (head === undefined) throw new Error("no such conversation");
        const seq = head.lastSeq + 1;
        const tail = [...head.tail, textEntry(seq, { sender: "bob", sentAtMs: nowMs })];
        if (what === "entry")
          store.heads.set(conversation, { ...head, tail, lastSeq: seq, updatedAtMs: nowMs });
        if (what === "read") await inbox.advance(key, { kind: "read", seq: head.lastSeq });
        if (what === "mute" || what === "unmute") await log.mute(conversation, "alice", what === "mute");
        if (what === "keep") await inbox.set(key, { keepSeconds: LIMITS.minRetentionSeconds });
        if (what === "keep for ever") await inbox.set(key, { keepSeconds: null });
        if (what === "sync") await catchUp();
      }
      const all = await syncNow({ cursors: {} });
      const others = all.conversations.map(({ entries: _, receipts: __, ...about }) => about);
      const device = [...known.values()].map(({ receipts: _, reset: __, ...about }) => about);
      expect(device.sort((a, b) => (a.conversation < b.conversation ? -1 : 1))).toEqual(others);
    }),
    { numRuns: 300 },
  );
});

test("a membership that ends while a page is read is noticed, wherever it is on the page", async () => {
  const { store, ids } = storeOf(50);
  const group = `g${"z".repeat(43)}`;
  const head = store.heads.get(ids[0] ?? "");
  if (head !== undefined) store.heads.set(group, { ...head, kind: "group" });
  store.putRow("alice", { conversation: group, role: "member", ranges: [[1]] });
  const counts = new CountedReads(store);
  const { heads } = counts.inbox;
  let left = false;
  counts.inbox.heads = async (conversations) => {
    const read = await heads.call(counts.inbox, conversations);
    // Just after the head was read: it knows of 40 entries, of which the row allows 38 from now on.
    if (conversations.includes(group) && !left) {
      left = true;
      store.putRow("alice", { conversation: group, role: "member", ranges: [[1, 38]] });
    }
    return read;
  };
  const reply = await sync(store, { tail: 5, from: ids.at(-1) }, counts);
  expect(reply.conversations.at(-1)).toMatchObject({ conversation: group, lastSeq: 38 });
});
