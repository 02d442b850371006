import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { type Entry, LIMITS, SyncResult } from "../../../protocol/index.ts";
import { MemoryMetrics } from "../../support/memory-ports.ts";
import { requestResult, storeWithConversations, storeWithLogs } from "../support/command-setup.ts";
import { textEntry } from "../support/logs.ts";

const sizesOfConversations = fc.array(
  fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 12 }),
  { maxLength: 60 },
);

test("syncing until there is no `next` brings every entry after the cursors once and in order, whatever its size", async () => {
  await fc.assert(
    fc.asyncProperty(sizesOfConversations, fc.nat({ max: 3 }), fc.nat(3), async (sizes, cursorSeq, tail) => {
      const { store, conversations } = storeWithConversations(sizes, tail);
      const cursors: Record<string, [number, number]> = {};
      for (const conversation of conversations) cursors[conversation] = [1, cursorSeq];
      const received = new Map<string, number[]>();
      let from: string | undefined;
      for (let page = 0; page < 2_000; page++) {
        const result = v.parse(
          SyncResult,
          await requestResult(store, { type: "sync", cursors, ...(from && { from }) }),
        );
        for (const { conversation, entries, reset } of result.conversations) {
          // A conversation with fewer entries than the cursor claims is reset, and comes with the entries it has.
          if (reset) received.set(conversation, []);
          const seqs = entries.map(({ seq }) => seq);
          received.set(conversation, [...(received.get(conversation) ?? []), ...seqs]);
          const last = seqs.at(-1);
          if (last !== undefined) cursors[conversation] = [1, last];
        }
        from = result.next;
        if (from === undefined) break;
      }
      expect(from).toBeUndefined();
      expect([...received.keys()].sort()).toEqual([...conversations].sort());
      for (const [index, conversation] of conversations.entries()) {
        const total = sizes[index]?.length ?? 0;
        if (cursorSeq > total) continue;
        const missing = Array.from({ length: total - cursorSeq }, (_, n) => cursorSeq + n + 1);
        expect(received.get(conversation)).toEqual(missing);
      }
    }),
    { numRuns: 60 },
  );
});

test("without a cursor a conversation comes with its newest entries and its first seq", async () => {
  const { store, conversations } = storeWithConversations([Array.from({ length: 40 }, () => 10)]);
  const result = v.parse(SyncResult, await requestResult(store, { type: "sync", cursors: {} }));
  expect(result.next).toBeUndefined();
  expect(result.conversations[0]).toMatchObject({ conversation: conversations[0], first: 1, lastSeq: 40 });
  expect(result.conversations[0]?.entries.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 25 }, (_, n) => n + 16),
  );
});

test("a device at the end of the log is not reset; a device ahead of it is", async () => {
  const { store, conversations } = storeWithConversations([[1, 1, 1]]);
  const [conversation = ""] = conversations;
  const sync = async (seq: number) =>
    v.parse(SyncResult, await requestResult(store, { type: "sync", cursors: { [conversation]: [1, seq] } }))
      .conversations[0];
  expect(await sync(3)).toMatchObject({ entries: [] });
  expect((await sync(3))?.reset).toBeUndefined();
  expect(await sync(4)).toMatchObject({ reset: true });
});

test("a read cursor beyond the log is moved back to its end", async () => {
  const { store, conversations } = storeWithConversations([[1, 1, 1]]);
  const [conversation = ""] = conversations;
  const row = { conversation, peer: "friend 0", role: "member", ranges: [[1]] } as const;
  store.putRow("alice", { ...row, readSeq: 4, deliveredSeq: 2 });
  await requestResult(store, { type: "sync", cursors: {} });
  expect(store.row({ user: "alice", conversation })).toMatchObject({ readSeq: 3, deliveredSeq: 2 });
});

test("a device whose next entries are missing in the table is reset, once", async () => {
  const { store, conversations } = storeWithConversations([Array.from({ length: 30 }, () => 1)], 5);
  const [conversation = ""] = conversations;
  for (let seq = 11; seq <= 20; seq++) store.segments.get(conversation)?.delete(seq);
  const metrics = new MemoryMetrics();
  const sync = async (seq: number) => {
    const frame = { type: "sync", cursors: { [conversation]: [1, seq] } };
    const [synced] = v.parse(SyncResult, await requestResult(store, frame, { metrics })).conversations;
    const { reset, first, entries = [] } = synced ?? {};
    return { reset, first, seqs: entries.map((entry) => entry.seq) };
  };
  const newest = Array.from({ length: 10 }, (_, index) => index + 21);
  for (const seq of [5, 10, 15]) expect(await sync(seq)).toEqual({ reset: true, first: 21, seqs: newest });
  expect(metrics.counts).toEqual({ MissingSegments: 3 });
  expect(await sync(30)).toEqual({ reset: undefined, first: 1, seqs: [] });
  expect(metrics.counts).toEqual({ MissingSegments: 3 });
});

test("a reset whose entries just fill the frame fits into it", async () => {
  for (let size = 16_150; size < 16_230; size++) {
    const { store, conversations } = storeWithConversations([[size, size]]);
    const [conversation = ""] = conversations;
    const result = v.parse(
      SyncResult,
      await requestResult(store, { type: "sync", cursors: { [conversation]: [9, 1] } }),
    );
    expect(result.conversations[0]).toMatchObject({ conversation, reset: true });
    expect(result.next).toBeUndefined();
  }
});

test("a conversation whose entries just fill the frame comes with its preview, and page by page", async () => {
  for (let size = 15_850; size < 16_250; size += 10) {
    const { store, conversations } = storeWithConversations([[size, size, 1]], 1);
    const [conversation = ""] = conversations;
    const head = store.heads.get(conversation);
    const preview = { seq: 2, sender: "friend 0", kind: "text", text: "p".repeat(160), sentAtMs: 1 };
    if (head !== undefined) store.heads.set(conversation, { ...head, preview });
    let cursor: [number, number] = [1, 0];
    let next: string | undefined;
    for (let page = 0; page < 3; page++) {
      const frame = { type: "sync", cursors: { [conversation]: cursor } };
      const result = v.parse(SyncResult, await requestResult(store, frame));
      expect(result.conversations).toMatchObject([{ conversation, preview }]);
      cursor = [1, result.conversations[0]?.entries.at(-1)?.seq ?? cursor[1]];
      next = result.next;
      if (next === undefined) break;
    }
    expect([cursor, next]).toEqual([[1, 3], undefined]);
  }
});

test("a conversation with a retention, whose head has no text, comes with the preview's text until that expires", async () => {
  const texts = [1, 2].map((seq) => textEntry(seq, { sentAtMs: 500, body: { text: `text ${seq}` } }));
  const { store, conversations } = storeWithLogs([texts], { tailLength: 0, segmentLength: 1 });
  const [conversation = ""] = conversations;
  const head = store.heads.get(conversation);
  const preview = { seq: 2, sender: "alice", kind: "text", sentAtMs: 500 };
  if (head !== undefined) store.heads.set(conversation, { ...head, preview, retentionSeconds: 1 });
  for (const cursors of [{}, { [conversation]: [1, 2] }]) {
    const previewAt = async (nowMs: number) => {
      const result = await requestResult(store, { type: "sync", cursors }, { now: () => nowMs });
      return v.parse(SyncResult, result).conversations[0]?.preview;
    };
    expect(await previewAt(1_499)).toEqual({ ...preview, text: "text 2" });
    expect(await previewAt(1_500)).toBeUndefined();
  }
});

test("a device gets no entry from before its user became a member", async () => {
  const { store, conversations } = storeWithConversations([[1, 1, 1, 1, 1]]);
  const [conversation = ""] = conversations;
  const ranges = [[3]] as const;
  store.putMember(conversation, { user: "alice", role: "member", ranges });
  store.putRow("alice", { conversation, peer: "friend 0", role: "member", ranges });
  const seqs = async (frame: object) => {
    const result = (await requestResult(store, frame)) as {
      entries?: Entry[];
      conversations?: { entries: Entry[] }[];
    };
    return (result.entries ?? result.conversations?.[0]?.entries ?? []).map(({ seq }) => seq);
  };
  expect(await seqs({ type: "sync", cursors: { [conversation]: [1, 0] } })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "sync", cursors: {} })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "history", conversation, after: 0 })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "history", conversation, before: 4 })).toEqual([3]);
});
