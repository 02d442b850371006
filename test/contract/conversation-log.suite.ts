import { describe, expect, test } from "vitest";
import { nextVersion } from "../../functions/core/log/head-version.ts";
import { LogView } from "../../functions/core/log/log-view.ts";
import { previewOfTail } from "../../functions/core/log/preview.ts";
import type { Head, WriteResult } from "../../functions/ports/conversation-log.ts";
import type { Entry } from "../../protocol/index.ts";
import {
  appended,
  create,
  entries,
  head,
  type LogAndInbox,
  newDirect,
  nextChange,
  nextHead,
  segment,
  signal,
  snapshot,
  tailSegment,
  trimmed,
} from "./log-fixtures.ts";

/** Contract of every `ConversationLog`: writing heads and segments, and reading entries. */
export function conversationLogSuite(open: () => LogAndInbox): void {
  /** Creates a conversation with one segment of `count` entries. */
  async function begun(count = 1) {
    const ports = open();
    const created = newDirect(count);
    await create(ports.log, created);
    const { conversation, after: begin, users } = created;
    const headNow = async () => {
      const read = await ports.log.read(conversation, [], signal);
      if (read === undefined) throw new Error("the conversation is missing");
      return read.head;
    };
    return {
      ...ports,
      conversation,
      begin,
      headNow,
      update: (before: Head, after: Head) => ports.log.update(conversation, before, after, signal),
      flush: (firstSeq: number, count: number, headVersion: string) =>
        ports.log.flush(conversation, segment(firstSeq, count, { headVersion }), signal),
      segments: async (fromSeq = 1, toSeq = 1_000) =>
        (await ports.log.readForward(conversation, { fromSeq, toSeq }, signal)).segments,
      all: () => snapshot(ports, conversation, users),
    };
  }

  test("a created conversation is read back unchanged, including its members", async () => {
    const { log } = open();
    const created = newDirect();
    expect(await log.read(created.conversation, [], signal)).toBeUndefined();
    expect(await create(log, created)).toEqual({ done: true });
    const read = await log.read(created.conversation, [], signal);
    expect(read?.head).toEqual(created.after);
    expect([...(read?.members ?? [])].sort((a, b) => a.user.localeCompare(b.user))).toEqual(created.members);
    const page = await log.readForward(created.conversation, { fromSeq: 1, toSeq: 1 }, signal);
    expect(page).toEqual({ segments: created.segments, complete: true });
  });

  describe("a head is read as it was written", () => {
    const rewritten: Entry[] = [
      ...entries(2, 1),
      {
        seq: 3,
        id: "edited",
        sender: "bøb",
        kind: "text",
        body: { text: "half \ud83d of a pair, \u0000, and 名前" },
        sentAtMs: 1_700_000_000_123,
        editedAtMs: 1_700_000_000_456,
        editSeq: 4,
        reactions: { "👍": ["alice", "bøb"] },
      },
      { seq: 4, id: "edit", sender: "bøb", kind: "edit", body: { of: 3, body: null }, sentAtMs: 1_003 },
      { seq: 5, id: "gone", sender: "bøb", kind: "text", body: null, sentAtMs: 1_004, deletedAtMs: 9 },
      { seq: 6, id: "delete", sender: "bøb", kind: "delete", body: { of: 5 }, sentAtMs: 1_005 },
    ];
    const cases: [string, Head][] = [
      ["with all it can have", everything({ tail: rewritten })],
      ["with a tail and no more", plain({ tail: rewritten })],
      ["with nothing that it can do without", plain({ tail: [] })],
      ["before the first entry", head(0, { preview: undefined, decided: [] })],
      ["with a preview that its tail does not tell", plain({ tail: entries(6, 1).map(asReaction) })],
      ["when its tail is due to be flushed", plain({ tail: entries(2, 5), flushDue: true })],
      ["with values that are undefined", plain({ tail: [], ...UNDEFINED })],
      ["when a bucket is empty", plain({ tail: [], bucket: { tokens: 0, pace: 0, atMs: 0 } })],
    ];

    test.each(cases)("%s, when it is created", async (_, after) => {
      const { log, inbox } = open();
      const { conversation, members } = newDirect();
      await create(log, { conversation, before: undefined, after, segments: [], members });
      expect((await log.read(conversation, [], signal))?.head).toEqual(after);
      expect((await inbox.heads([conversation], signal)).get(conversation)).toEqual(after);
    });

    test.each(cases)("%s, when it is updated from a head with all it can have", async (_, values) => {
      const { begin, update, headNow } = await begun();
      const full = nextHead(begin, { ...everything({ tail: entries(2, 5) }), version: "001.00000002.full" });
      await update(begin, full);
      expect(await headNow()).toEqual(full);
      const after = { ...values, version: "001.00000003.then" };
      expect(await update(full, after)).toEqual({ done: true });
      expect(await headNow()).toEqual(after);
    });

    test.each(cases)("%s, when it is changed from a head with all it can have", async (_, values) => {
      const { log, conversation, begin, update, headNow } = await begun();
      const full = nextHead(begin, { ...everything({ tail: entries(2, 5) }), version: "001.00000002.full" });
      await update(begin, full);
      const after = { ...values, version: "001.00000003.then" };
      const change = { before: full, after, segments: [], members: [] };
      expect(await log.change(conversation, change, signal)).toEqual({ done: true });
      expect(await headNow()).toEqual(after);
    });
  });

  test("the preview of a head is that of its newest entry that people read", async () => {
    const { begin, update, headNow } = await begun();
    const text: Entry = {
      seq: 2,
      id: "t",
      sender: "bøb",
      kind: "text",
      body: { text: "hello" },
      sentAtMs: 1_002,
    };
    const tail = [text, ...entries(3, 1).map(asReaction)];
    await update(begin, nextHead(begin, { tail, lastSeq: 3, preview: previewOfTail(tail) }));
    expect((await headNow()).preview).toEqual({
      seq: 2,
      sender: "bøb",
      kind: "text",
      text: "hello",
      sentAtMs: 1_002,
    });
  });

  test("an update leaves members, segments and inbox rows alone", async () => {
    const { begin, update, all } = await begun(3);
    const before = await all();
    const after = appended(begin, 2);
    await update(begin, after);
    const { read, ...rest } = await all();
    expect({ ...read, ...rest }).toEqual({ ...before.read, head: after, log: before.log, rows: before.rows });
  });

  test("an update planned on another version changes nothing, and brings the head that won", async () => {
    const { begin, update, all } = await begun();
    const winner = appended(begin, 2);
    await update(begin, winner);
    const before = await all();
    expect(await update(begin, appended(begin, 3))).toEqual({ done: false, head: winner });
    // Versions are compared as a whole: neither an older one nor a newer one matches.
    const ahead = { ...winner, version: nextVersion(winner.version, 1) };
    expect(await update(ahead, appended(ahead, 1))).toEqual({ done: false, head: winner });
    expect(await all()).toEqual(before);
  });

  test("of concurrent updates of one version exactly one succeeds, completely", async () => {
    const { begin, update, headNow } = await begun();
    const rivals = [3, 5, 7, 9].map((count) => appended(begin, count));
    const results = await Promise.all(rivals.map((rival) => update(begin, rival)));
    expectOneWinner(results, rivals, await headNow());
  });

  test("of concurrent updates and changes of one version exactly one succeeds", async () => {
    const { log, conversation, begin, update, headNow } = await begun();
    const updates = [2, 3].map((count) => appended(begin, count));
    const changes = [nextChange(begin), nextChange(begin)];
    const results = await Promise.all([
      ...updates.map((after) => update(begin, after)),
      ...changes.map((change) => log.change(conversation, change, signal)),
    ]);
    expectOneWinner(results, [...updates, ...changes.map(({ after }) => after)], await headNow());
  });

  test("an update of a missing conversation does not create it", async () => {
    const { log } = open();
    const { conversation, after } = newDirect();
    expect(await log.update(conversation, after, appended(after, 1), signal)).toEqual({ done: false });
    expect(await log.read(conversation, [], signal)).toBeUndefined();
  });

  describe("a flush", () => {
    const [OLDER, SAME, NEWER] = ["001.00000007.zzzz", "001.00000008.AAAA", "001.00000009.0000"];

    test("puts a segment where there is none, and changes no head", async () => {
      const { flush, segments, headNow, begin } = await begun();
      expect(await flush(2, 4, SAME)).toBe(5);
      expect(await segments(2)).toEqual([segment(2, 4, { headVersion: SAME })]);
      expect(await headNow()).toEqual(begin);
    });

    test("overwrites a segment of an older head", async () => {
      const { flush, segments } = await begun();
      await flush(2, 9, OLDER);
      expect(await flush(2, 4, SAME)).toBe(5);
      expect(await segments(2)).toEqual([segment(2, 4, { headVersion: SAME })]);
    });

    test("takes over the end of a segment that another writer put for the same head", async () => {
      const { flush, segments } = await begun();
      await flush(2, 9, SAME);
      expect(await flush(2, 4, SAME)).toBe(10);
      expect(await segments(2)).toEqual([segment(2, 9, { headVersion: SAME })]);
    });

    test("leaves a segment of a newer head alone", async () => {
      const { flush, segments } = await begun();
      await flush(2, 9, NEWER);
      expect(await flush(2, 4, SAME)).toBeUndefined();
      expect(await segments(2)).toEqual([segment(2, 9, { headVersion: NEWER })]);
    });

    test("overwrites a segment that a restore has undone, whatever its number", async () => {
      const { flush, segments } = await begun();
      await flush(2, 9, "001.0000zzzz.AAAA");
      expect(await flush(2, 4, "002.00000008.AAAA")).toBe(5);
      expect(await segments(2)).toEqual([segment(2, 4, { headVersion: "002.00000008.AAAA" })]);
    });

    test("that comes after the change that moved the tail does not undo its rewrites", async () => {
      const { log, conversation, begin, update, flush, segments } = await begun();
      const grown = appended(begin, 3);
      await update(begin, grown);
      const after = trimmed(grown, grown.lastSeq);
      const rewritten = segment(2, 3, { headVersion: after.version });
      const moved = { ...rewritten, entries: rewritten.entries.map((entry) => ({ ...entry, body: null })) };
      await log.change(conversation, { before: grown, after, segments: [moved], members: [] }, signal);
      expect(await flush(2, 3, grown.version)).toBeUndefined();
      expect(await segments(2)).toEqual([moved]);
    });

    test("of several at once leaves one segment, whose end all of them return", async () => {
      const { flush, segments } = await begun();
      const ends = await Promise.all([3, 5, 7, 9].map((count) => flush(2, count, SAME)));
      expect(new Set(ends).size).toBe(1);
      expect(await segments(2)).toEqual([segment(2, (ends[0] ?? 0) - 1, { headVersion: SAME })]);
    });
  });

  describe("a reader who has the head sees the log as it was then", () => {
    type Begun = Awaited<ReturnType<typeof begun>>;

    /** A conversation with two segments, of 3 and 4 entries, and 5 entries in the tail of its head. */
    async function tailed() {
      const conversation = await begun(3);
      await conversation.flush(4, 4, "001.00000001.test");
      const tail = entries(8, 5);
      const now = nextHead(conversation.begin, {
        lastSeq: 12,
        tailFirst: 8,
        tail,
        preview: previewOfTail(tail),
        flushDue: true,
      });
      await conversation.update(conversation.begin, now);
      return { ...conversation, now };
    }

    const writes: [string, (begun: Begun, now: Head) => Promise<unknown>][] = [
      ["nothing was written", async () => undefined],
      ["a flush was not finished", ({ flush }, now) => flush(8, 5, now.version)],
      ["a flush was not finished, and entries were appended", unfinishedFlush],
      ["a flush was finished by an append", finishedFlush],
      ["a change moved the tail into segments", movedTail],
      ["much was written", async (begun, now) => movedTail(begun, await finishedFlush(begun, now))],
    ];

    async function unfinishedFlush({ flush, update }: Begun, now: Head) {
      await flush(8, 5, now.version);
      const after = nextHead(appended(now, 2), { flushDue: undefined });
      await update(now, after);
    }

    async function finishedFlush({ flush, update }: Begun, now: Head): Promise<Head> {
      const flushedSeq = (await flush(8, 5, now.version)) ?? 0;
      const after = trimmed(appended(now, 2), flushedSeq);
      expect(await update(now, after)).toEqual({ done: true });
      return after;
    }

    async function movedTail({ log, conversation }: Begun, now: Head) {
      const after = trimmed(appended(now, 1), now.lastSeq + 1);
      const moved = tailSegment({ ...appended(now, 1), version: after.version });
      const change = { before: now, after, segments: [moved], members: [] };
      expect(await log.change(conversation, change, signal)).toEqual({ done: true });
    }

    const seqsOf = (parts: readonly { entries: readonly Entry[] }[]) =>
      parts.flatMap((part) => part.entries.map(({ seq }) => seq));

    test.each(writes)("forwards, when meanwhile %s", async (_, write) => {
      const { now, ...ports } = await tailed();
      const head = await ports.headNow();
      await write(ports, now);
      const view = new LogView(ports.log, ports.conversation, head);
      const page = await view.readForward({ fromSeq: 1, toSeq: 1_000 }, signal);
      expect(page.complete).toBe(true);
      expect(page.segments.flatMap((part) => part.entries)).toEqual(entries(1, 12));
      const end = await view.readForward({ fromSeq: 9, toSeq: 1_000 }, signal);
      expect(seqsOf(end.segments)).toEqual([8, 9, 10, 11, 12]);
      const some = await view.readForward({ fromSeq: 1, toSeq: 1_000, maxSegments: 1 }, signal);
      expect(some.complete).toBe(false);
      expect(seqsOf(some.segments)).toEqual([1, 2, 3]);
    });

    test.each(writes)("backwards, when meanwhile %s", async (_, write) => {
      const { now, ...ports } = await tailed();
      const head = await ports.headNow();
      await write(ports, now);
      const view = new LogView(ports.log, ports.conversation, head);
      const page = await view.readBackward({ fromSeq: 1, toSeq: 1_000, maxSegments: 99 }, signal);
      expect(page.complete).toBe(true);
      expect(page.segments.flatMap((part) => part.entries)).toEqual(entries(1, 12));
      const some = await view.readBackward({ fromSeq: 1, toSeq: 1_000, maxSegments: 2 }, signal);
      expect(some.complete).toBe(false);
      expect(seqsOf(some.segments)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });

    test.each(writes)("and whoever reads the head after %s sees every entry once", async (_, write) => {
      const { now, ...ports } = await tailed();
      await write(ports, now);
      const head = await ports.headNow();
      const view = new LogView(ports.log, ports.conversation, head);
      const page = await view.readForward({ fromSeq: 1, toSeq: 1_000 }, signal);
      expect(page.segments.flatMap((part) => part.entries)).toEqual(entries(1, head.lastSeq));
    });
  });

  describe("the seq up to which events are published", () => {
    async function announcing(announcedSeq?: number) {
      const { begin, update, ...rest } = await begun();
      const now = { ...appended(begin, 9), ...(announcedSeq !== undefined && { announcedSeq }) };
      await update(begin, now);
      const announced = (seq: number) => rest.log.announced(rest.conversation, seq, signal);
      return { ...rest, update, now, announced };
    }

    test("moves forward only, and nothing else of the head changes", async () => {
      const { now, announced, headNow } = await announcing(4);
      const before = await headNow();
      await announced(3);
      expect(await headNow()).toEqual(before);
      await announced(7);
      expect(await headNow()).toEqual({ ...now, announcedSeq: 7 });
      await announced(5);
      expect(await headNow()).toEqual({ ...now, announcedSeq: 7 });
    });

    test("does not fail an update that was planned before it", async () => {
      const { now, announced, headNow, update } = await announcing(4);
      await announced(7);
      const after = { ...appended(now, 1), announcedSeq: 9 };
      expect(await update(now, after)).toEqual({ done: true });
      expect(await headNow()).toEqual(after);
    });

    test("stays unknown if it is", async () => {
      const { now, announced, headNow } = await announcing();
      await announced(7);
      expect(await headNow()).toEqual(now);
    });

    test("does not create a conversation", async () => {
      const { log } = open();
      const { conversation } = newDirect();
      await log.announced(conversation, 7, signal);
      expect(await log.read(conversation, [], signal)).toBeUndefined();
    });
  });

  test("a head with more entries is billed for more bytes", async () => {
    const { log } = open();
    const { conversation, after } = newDirect();
    const bytes = [after, appended(after, 1), appended(after, 2)].map((one) =>
      log.storedBytes(conversation, one),
    );
    expect(bytes).toEqual([...new Set(bytes)].sort((a, b) => a - b));
  });

  test("a read far beyond the end of the log finds nothing and is no error", async () => {
    const { segments } = await begun();
    for (const seq of [10 ** 12 + 5, Number.MAX_SAFE_INTEGER]) expect(await segments(seq, seq)).toEqual([]);
  });

  test("a range is found in all segments that hold it", async () => {
    const { log, conversation, flush } = await begun(25);
    const version = "001.00000001.test";
    const rest: [number, number][] = [
      [26, 1],
      [27, 20],
      [47, 1],
      [48, 1],
    ];
    for (const [firstSeq, count] of rest) await flush(firstSeq, count, version);
    const all = [
      segment(1, 25),
      ...rest.map(([firstSeq, count]) => segment(firstSeq, count, { headVersion: version })),
    ];
    const forward = (fromSeq: number, toSeq: number, maxSegments?: number) =>
      log.readForward(conversation, { fromSeq, toSeq, ...(maxSegments && { maxSegments }) }, signal);
    const backward = (fromSeq: number, toSeq: number, maxSegments: number) =>
      log.readBackward(conversation, { fromSeq, toSeq, maxSegments }, signal);

    expect((await forward(1, 48)).segments).toEqual(all);
    expect((await forward(25, 26)).segments).toEqual(all.slice(0, 2));
    expect((await forward(46, 47)).segments).toEqual(all.slice(2, 4));
    expect((await forward(48, Number.MAX_SAFE_INTEGER)).segments).toEqual(all.slice(4));
    expect((await forward(49, 60)).segments).toEqual([]);
    expect((await forward(26, 48, 2)).segments.slice(0, 2)).toEqual(all.slice(1, 3));
    expect((await backward(1, 48, 2)).segments).toEqual(all.slice(-2));
    expect((await backward(1, 48, 99)).segments).toEqual(all);
    expect((await backward(26, 30, 99)).segments).toEqual(all.slice(1, 3));
    expect((await backward(1, 48, 2)).complete).toBe(false);
    expect((await backward(1, 48, 99)).complete).toBe(true);
  });

  test("a range longer than a page of the store is read page by page", async () => {
    const { log, conversation } = await begun();
    const body = "x".repeat(180_000);
    for (let seq = 2; seq <= 9; seq++) {
      const big = { seq, id: `e${seq}`, sender: "a", kind: "x.big", body, sentAtMs: 1 } as const;
      await log.flush(conversation, segment(seq, 1, { entries: [big] }), signal);
    }
    const seqs: number[] = [];
    let complete = false;
    for (let fromSeq = 1; !complete; fromSeq = (seqs.at(-1) ?? 0) + 1) {
      const page = await log.readForward(conversation, { fromSeq, toSeq: 9 }, signal);
      seqs.push(...page.segments.flatMap((part) => part.entries.map(({ seq }) => seq)));
      complete = page.complete;
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a segment keeps its expiry; a segment without one is kept for ever", async () => {
    const { log, conversation, segments } = await begun();
    const [expiring, lasting] = [segment(2, 2, { expiresAtMs: 4_102_444_800_123 }), segment(4, 1)];
    for (const next of [expiring, lasting]) await log.flush(conversation, next, signal);
    expect(await segments(2, 4)).toEqual([expiring, lasting]);
    expect((await segments(4))[0]).not.toHaveProperty("expiresAtMs");
  });
}

/** Turns an entry into one that rewrites another, so that it has no preview. */
function asReaction(entry: Entry): Entry {
  return { ...entry, kind: "reaction", body: { of: 1, emoji: "👍" } };
}

const STORED_PREVIEW = { seq: 1, sender: "alice", kind: "text", text: "hi", sentAtMs: 1_001 };

const UNDEFINED: Partial<Head> = {
  title: undefined,
  flushDue: undefined,
  queuedUntilMs: undefined,
  announcedSeq: undefined,
  retentionSeconds: undefined,
  keptFromMs: undefined,
  shorter: undefined,
  bucket: undefined,
};

/** A head with this tail that has nothing it can do without. */
function plain({ tail, ...over }: Partial<Head> & { tail: readonly Entry[] }): Head {
  const preview = previewOfTail(tail) ?? STORED_PREVIEW;
  return head(6, { tail, tailFirst: 7 - tail.length, decided: [], preview, ...over });
}

/** A head with this tail that has every attribute a head can have. */
function everything({ tail }: { tail: readonly Entry[] }): Head {
  return head(6, {
    tail,
    tailFirst: 7 - tail.length,
    title: "Tïtle",
    history: "all",
    epoch: 3,
    epochBase: 2,
    flushDue: true,
    queuedUntilMs: 1_700_000_002_000,
    announcedSeq: 5,
    membersVersion: 7,
    memberCount: 3,
    ownerCount: 2,
    retentionSeconds: 3_600,
    keptFromMs: 5,
    shorter: { seconds: 7, untilMs: 9 },
    bucket: { tokens: 1.25, pace: 0.5, atMs: 1_700_000_000_123 },
  });
}

function expectOneWinner(results: readonly WriteResult[], rivals: readonly Head[], stored: Head): void {
  const winners = rivals.filter((_, index) => results[index]?.done);
  expect(winners).toEqual([stored]);
  for (const result of results) {
    // The store may leave out what has won, for example if the winner was not finished.
    if (!result.done && result.head !== undefined) expect(result.head).toEqual(stored);
  }
}
