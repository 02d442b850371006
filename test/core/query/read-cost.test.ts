import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { type Entry, HistoryResult, SyncResult, utf8Bytes } from "../../../protocol/index.ts";
import { requestResult, storeWithLogs } from "../support/command-setup.ts";
import { CountedReads } from "../support/counting-ports.ts";
import { textEntry } from "../support/logs.ts";

const FRIEND = "friend 0";
const TAIL = 3;

/** Entries of a friend, with texts of the given lengths. */
function texts(lengths: readonly number[]): Entry[] {
  return lengths.map((length, index) =>
    textEntry(index + 1, { sender: FRIEND, body: { text: "t".repeat(length) } }),
  );
}

const three = (count: number) => texts(Array.from({ length: count }, () => 300));
const sentBytes = (entries: readonly Entry[]) => utf8Bytes(JSON.stringify(entries));

type Stored = ReturnType<typeof storeWithLogs>;

/** Syncs page by page, as a device with these cursors does. */
async function catchUp({ store }: Stored, counts: CountedReads, cursors: Record<string, [number, number]>) {
  const received: { conversation: string; entries: Entry[] }[][] = [];
  let from: string | undefined;
  do {
    const frame = { type: "sync", cursors, from };
    const page = v.parse(SyncResult, await requestResult(store, frame, counts));
    for (const { conversation, entries } of page.conversations) {
      const last = entries.at(-1);
      if (last !== undefined) cursors[conversation] = [1, last.seq];
    }
    received.push(page.conversations);
    from = page.next;
  } while (from !== undefined);
  return received;
}

test.each([1, 2, 4, 8, 25])(
  "catching up on 300 entries in segments of %i reads the log about once",
  async (segmentLength) => {
    const stored = storeWithLogs([three(300)], { tailLength: TAIL, segmentLength });
    const counts = new CountedReads(stored.store);
    const pages = await catchUp(stored, counts, { [stored.conversations[0] ?? ""]: [1, 0] });
    const entries = pages.flat().flatMap((page) => page.entries);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect((counts.logBytes + counts.headBytes) / sentBytes(entries)).toBeLessThanOrEqual(1.5);
  },
);

test("catching up on 300 entries in each of 25 conversations reads the log about once", async () => {
  const logs = Array.from({ length: 25 }, () => three(300));
  const stored = storeWithLogs(logs, { tailLength: TAIL, segmentLength: 8 });
  const counts = new CountedReads(stored.store);
  const cursors = Object.fromEntries(
    stored.conversations.map((id): [string, [number, number]] => [id, [1, 0]]),
  );
  const pages = await catchUp(stored, counts, cursors);
  const entries = pages.flat().flatMap((page) => page.entries);
  expect(entries).toHaveLength(7_500);
  // Receipts are read with the last part of a conversation, and once more if they did not fit.
  expect(counts.rows.byKey).toBeLessThanOrEqual(2 * 25);
  expect(counts.logBytes / sentBytes(entries)).toBeLessThanOrEqual(1.5);
});

test.each(["before", "after"])(
  "reading 300 entries by history, each page %s the last, reads them about once",
  async (direction) => {
    const stored = storeWithLogs([three(300)], { tailLength: TAIL, segmentLength: 8 });
    const counts = new CountedReads(stored.store);
    const [conversation] = stored.conversations;
    const entries: Entry[] = [];
    for (let edge = direction === "after" ? 0 : 301; ; ) {
      const frame = { type: "history", conversation, [direction]: edge, limit: 100 };
      const page = v.parse(HistoryResult, await requestResult(stored.store, frame, counts));
      entries.push(...page.entries);
      if (!page.more) break;
      edge = page.entries.at(direction === "after" ? -1 : 0)?.seq ?? 0;
    }
    expect(entries).toHaveLength(300);
    expect((counts.logBytes + counts.headBytes) / sentBytes(entries)).toBeLessThanOrEqual(1.5);
  },
);

test("a page reads at most one segment that it sends nothing of", async () => {
  const logs = fc.record({
    length: fc.integer({ min: 5, max: 1_000 }),
    count: fc.integer({ min: 1, max: 300 }),
    segmentLength: fc.integer({ min: 1, max: 25 }),
    limit: fc.integer({ min: 1, max: 100 }),
    edge: fc.nat(300),
    direction: fc.constantFrom("before", "after"),
  });
  await fc.assert(
    fc.asyncProperty(logs, async ({ length, count, segmentLength, limit, edge, direction }) => {
      const log = texts(Array.from({ length: count }, (_, index) => length + (index % 20)));
      const { store, conversations } = storeWithLogs([log], { tailLength: TAIL, segmentLength });
      const counts = new CountedReads(store);
      const frame = { type: "history", conversation: conversations[0], limit, [direction]: edge };
      const page = v.parse(HistoryResult, await requestResult(store, frame, counts));
      const sent = new Set(page.entries.map(({ seq }) => Math.floor((seq - 1) / segmentLength)));
      const needless = counts.segments.filter(
        ({ firstSeq }) => !sent.has(Math.floor((firstSeq - 1) / segmentLength)),
      );
      expect(needless.length).toBeLessThanOrEqual(1);
      expect(counts.segments.length).toBe(new Set(counts.segments.map(({ firstSeq }) => firstSeq)).size);
    }),
    { numRuns: 300 },
  );
});

test("what the head holds is not read from the store", async () => {
  const stored = storeWithLogs([three(30)], { tailLength: TAIL, segmentLength: 8 });
  const counts = new CountedReads(stored.store);
  const [conversation = ""] = stored.conversations;
  const row = { conversation, peer: FRIEND, role: "member", ranges: [[1]] } as const;
  stored.store.putRow("alice", { ...row, readSeq: 28 });
  await catchUp(stored, counts, { [conversation]: [1, 27] });
  const frame = { type: "history", conversation, after: 28 };
  await requestResult(stored.store, frame, counts);
  expect(counts.segments).toEqual([]);
});

test("nothing is read for a conversation that is not in the reply, except for the first of them", async () => {
  const logs = Array.from({ length: 25 }, (_, index) => three(10 + index));
  const stored = storeWithLogs(logs, { tailLength: TAIL, segmentLength: 4 });
  const cursors = Object.fromEntries(
    stored.conversations.map((id): [string, [number, number]] => [id, [1, 0]]),
  );
  let from: string | undefined;
  do {
    const counts = new CountedReads(stored.store);
    const frame = { type: "sync", cursors, from };
    const page = v.parse(SyncResult, await requestResult(stored.store, frame, counts));
    const sent = new Set(page.conversations.map(({ conversation }) => conversation));
    const others = new Set(
      counts.segments.map(({ conversation }) => conversation).filter((id) => !sent.has(id)),
    );
    expect(others.size).toBeLessThanOrEqual(1);
    for (const { conversation, entries } of page.conversations) {
      const last = entries.at(-1);
      if (last !== undefined) cursors[conversation] = [1, last.seq];
    }
    from = page.next;
  } while (from !== undefined);
});

test.each([
  ["everything is unread", 0],
  ["all but the newest is read", 299],
])("unread entries are counted while catching up, and hardly read again, if %s", async (_, readSeq) => {
  const stored = storeWithLogs([three(300)], { tailLength: TAIL, segmentLength: 8 });
  const { store } = stored;
  const [conversation = ""] = stored.conversations;
  store.putRow("alice", { conversation, peer: FRIEND, role: "member", ranges: [[1]], readSeq });
  const counts = new CountedReads(store);
  const pages = await catchUp(stored, counts, { [conversation]: [1, 0] });
  const entries = pages.flat().flatMap((page) => page.entries);
  expect(pages.at(-1)).toMatchObject([{ unread: Math.min(100, 300 - readSeq) }]);
  expect(counts.logBytes / sentBytes(entries)).toBeLessThanOrEqual(1.5);
});
