import { expect, test } from "vitest";
import { create, head, type LogAndInbox, newDirect, segment, signal } from "./log-fixtures.ts";

/** Contract of every `ConversationLog`: appending and reading entries. */
export function conversationLogSuite(open: () => LogAndInbox): void {
  test("a created conversation is read back unchanged, including its members", async () => {
    const { log } = open();
    const created = newDirect();
    expect(await log.read(created.conversation, [], signal)).toBeUndefined();
    expect(await create(log, created)).toBe(true);
    const read = await log.read(created.conversation, [], signal);
    expect(read?.head).toEqual(created.head);
    expect([...(read?.members ?? [])].sort((a, b) => a.user.localeCompare(b.user))).toEqual(created.members);
    const page = await log.readForward(created.conversation, { fromSeq: 1, toSeq: 1 }, signal);
    expect(page).toEqual({ segments: [created.segment], complete: true });
  });

  test("creating twice changes nothing", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    expect(await create(log, { ...created, head: head(1, { epoch: 9 }) })).toBe(false);
    expect((await log.read(created.conversation, [], signal))?.head.epoch).toBe(1);
  });

  test("of two concurrent creations exactly one succeeds", async () => {
    const { log } = open();
    const created = newDirect();
    const results = await Promise.all(Array.from({ length: 5 }, () => create(log, created)));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test("of concurrent appends at the same seq exactly one succeeds, completely", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    const rivals = [3, 5, 7, 9].map((count) => segment(2, count));
    const won = await Promise.all(rivals.map((rival) => log.append(created.conversation, rival, signal)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const { segments } = await log.readForward(created.conversation, { fromSeq: 2, toSeq: 99 }, signal);
    expect(segments).toEqual([rivals[won.indexOf(true)]]);
  });

  test("a head moves forward only, with all its attributes", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    const ahead = head(7, { epoch: 2, epochBase: 5, decided: [], preview: undefined });
    expect(await log.advance(created.conversation, ahead, signal)).toBe(true);
    expect(await log.advance(created.conversation, head(7), signal)).toBe(false);
    expect(await log.advance(created.conversation, head(6), signal)).toBe(false);
    const read = await log.read(created.conversation, [], signal);
    expect(read?.head).toMatchObject({ lastSeq: 7, epoch: 2, epochBase: 5, decided: [] });
    expect(read?.members).toHaveLength(2);
  });

  test("a head does not go back to an older epoch", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    await log.advance(created.conversation, head(2, { epoch: 3 }), signal);
    expect(await log.advance(created.conversation, head(3, { epoch: 2 }), signal)).toBe(false);
    expect((await log.read(created.conversation, [], signal))?.head).toMatchObject({ lastSeq: 2, epoch: 3 });
  });

  test("a read far beyond the end of the log finds nothing and is no error", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    for (const seq of [10 ** 12 + 5, Number.MAX_SAFE_INTEGER]) {
      const range = { fromSeq: seq, toSeq: seq };
      expect((await log.readForward(created.conversation, range, signal)).segments).toEqual([]);
    }
  });

  test("a range is found in all segments that hold it", async () => {
    const { log } = open();
    const created = newDirect(25);
    await create(log, created);
    const rest = [segment(26, 1), segment(27, 20), segment(47, 1), segment(48, 1)];
    for (const next of rest) await log.append(created.conversation, next, signal);
    const all = [created.segment, ...rest];
    const forward = (fromSeq: number, toSeq: number, maxSegments?: number) =>
      log.readForward(created.conversation, { fromSeq, toSeq, ...(maxSegments && { maxSegments }) }, signal);
    const backward = (fromSeq: number, toSeq: number, maxSegments: number) =>
      log.readBackward(created.conversation, { fromSeq, toSeq, maxSegments }, signal);

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
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    const body = "x".repeat(180_000);
    for (let seq = 2; seq <= 9; seq++) {
      const big = segment(seq, 1, {
        entries: [{ seq, id: `e${seq}`, sender: "a", kind: "x.big", body, sentAtMs: 1 }],
      });
      await log.append(created.conversation, big, signal);
    }
    const seqs: number[] = [];
    let complete = false;
    for (let fromSeq = 1; !complete; fromSeq = (seqs.at(-1) ?? 0) + 1) {
      const page = await log.readForward(created.conversation, { fromSeq, toSeq: 9 }, signal);
      seqs.push(...page.segments.flatMap(({ entries }) => entries.map(({ seq }) => seq)));
      complete = page.complete;
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a segment keeps its expiry; a segment without one is kept for ever", async () => {
    const { log } = open();
    const created = newDirect();
    await create(log, created);
    const [expiring, lasting] = [segment(2, 2, { expiresAtMs: 4_102_444_800_123 }), segment(4, 1)];
    for (const next of [expiring, lasting]) await log.append(created.conversation, next, signal);
    const { segments } = await log.readForward(created.conversation, { fromSeq: 2, toSeq: 4 }, signal);
    expect(segments).toEqual([expiring, lasting]);
    expect(segments[1]).not.toHaveProperty("expiresAtMs");
  });

  test("attributes a head no longer has are removed", async () => {
    const { log } = open();
    const created = newDirect();
    const rich = head(1, {
      title: "T",
      retentionSeconds: 3_600,
      keptFromMs: 5,
      shorter: { seconds: 7, untilMs: 9 },
      bucket: { tokens: 1.25, atMs: 3 },
    });
    await create(log, { ...created, head: rich });
    expect((await log.read(created.conversation, [], signal))?.head).toEqual(rich);
    const poor = head(2, { preview: undefined });
    await log.advance(created.conversation, poor, signal);
    const read = (await log.read(created.conversation, [], signal))?.head;
    expect(Object.entries(read ?? {}).filter(([, value]) => value !== undefined)).toEqual(
      expect.arrayContaining(Object.entries(poor).filter(([, value]) => value !== undefined)),
    );
    for (const gone of ["title", "retentionSeconds", "keptFromMs", "shorter", "bucket", "preview"] as const) {
      expect(read?.[gone]).toBeUndefined();
    }
  });

  test("moving the head of a missing conversation does not create it", async () => {
    const { log } = open();
    const { conversation } = newDirect();
    expect(await log.advance(conversation, head(5), signal)).toBe(false);
    expect(await log.read(conversation, [], signal)).toBeUndefined();
  });
}
