import { describe, expect, test } from "vitest";
import {
  flushedSegment,
  HEAD_BYTES,
  type HeadWrite,
  SEGMENT_BYTES,
  tailBytes,
  trimmed,
} from "../../../functions/core/commit/head-write.ts";
import type { Conversation } from "../../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";
import { CONVERSATION, segmentsOf, textEntry } from "../support/logs.ts";
import {
  add,
  controlFrame,
  deletion,
  directConversation,
  edit,
  frameOf,
  groupConversation,
  plan,
  react,
  SIZE,
  storedIn,
  text,
  withHead,
  withTail,
} from "../support/planning.ts";

const log = segmentsOf([5, 5]);
/** Alice's group; the texts 1 to 10 are in two segments, 11 and 12 in the head. */
const group = withTail(groupConversation(10, ["bob", "carol"]), 2);
const due = withHead(group, { flushDue: true });

function write(view: Conversation, ...frames: PublishedFrame[]): HeadWrite {
  const planned = plan({ conversation: CONVERSATION, view, frames, stored: storedIn(log) });
  if (planned.write === undefined) throw new Error("there is nothing to write");
  return planned.write;
}

const seqsIn = ({ transaction }: HeadWrite) =>
  transaction?.segments.map(({ entries }) => entries.map(({ seq }) => seq));

describe("a write of the head alone", () => {
  test("is what content needs: texts, and rewritten entries of the head", () => {
    for (const entry of [text("a"), edit(11), deletion(11), react(12, "👍")]) {
      const { transaction, after } = write(group, frameOf(entry));
      expect(transaction).toBeUndefined();
      expect(after.head).toMatchObject({ tailFirst: 11, lastSeq: 13 });
      expect(after.head.tail.map(({ seq }) => seq)).toEqual([11, 12, 13]);
    }
  });

  test("leaves nothing of a deleted text, nor of an edit's text that another edit replaced", () => {
    const edited = write(group, frameOf(edit(11, "a secret"))).after;
    expect(JSON.stringify(write(edited, frameOf(deletion(11))).after)).not.toContain("secret");
    const again = write(edited, frameOf(edit(11, "harmless"))).after;
    expect(JSON.stringify(again)).not.toContain("secret");
    expect(again.head.tail[0]).toMatchObject({ body: { text: "harmless" }, editSeq: 14 });
    expect(again.head.tail[2]?.body).toEqual({ of: 11 });
  });

  test("changes the version, and only ever to a later one", () => {
    const first = write(group, frameOf(text("a"))).after;
    const second = write(first, frameOf(text("b"))).after;
    expect(first.head.version > group.head.version).toBe(true);
    expect(second.head.version > first.head.version).toBe(true);
  });
});

describe("a flush is due", () => {
  /** A head with `count` texts of about 100 bytes each. */
  const filled = (count: number) =>
    withTail(groupConversation(10, ["bob"]), count, () => ({ body: { text: "" } }));

  test("from the write on after which one more entry like the last would not fit, and not earlier", () => {
    let view = filled(0);
    for (let count = 0; count < 50; count++) {
      const frames = [{ ...frameOf(text("")), seen: 0 as const }];
      const planned = plan({ conversation: CONVERSATION, source: "direct", view, frames });
      const head = planned.write?.after.head ?? view.head;
      const next = SIZE.storedBytes(head) + tailBytes(head.tail.slice(-1));
      expect(head.flushDue).toBe(next > SIZE.headBytes ? true : undefined);
      if (head.flushDue) {
        const { flushDue: _, ...rest } = head;
        expect(SIZE.storedBytes(rest)).toBeLessThanOrEqual(SIZE.headBytes);
        return;
      }
      view = withHead(view, head);
    }
    throw new Error("a flush was never due");
  });

  test("until it has been made, however small the head becomes meanwhile", () => {
    const repeated = frameOf(text("a"));
    const { write: touched } = plan({
      conversation: CONVERSATION,
      view: due,
      frames: [{ ...repeated, seen: 0 }],
      repeatOf: () => 11,
    });
    expect(SIZE.storedBytes(due.head)).toBeLessThan(SIZE.headBytes);
    expect(touched?.after.head.flushDue).toBe(true);
  });

  test("puts the first entries of the head into a segment, as many as it takes", () => {
    const { tail } = filled(30).head;
    const head = headOf({ tail, tailFirst: 11, lastSeq: 40, flushDue: true, version: "001.0000000c.abcd" });
    const segment = flushedSegment(head);
    expect(segment.entries).toEqual(tail.slice(0, LIMITS.entriesPerFrame));
    expect(segment).not.toHaveProperty("expiresAtMs");
    expect(segment.headVersion).toBe(head.version);
  });

  test("trims the head to what is not in the segment, and may be due again at once", () => {
    const { tail } = filled(3).head;
    const head = headOf({ tail, tailFirst: 11, lastSeq: 13, flushDue: true });
    expect(trimmed(head, 12, SIZE)).toEqual({ ...trimmed(head, 12, SIZE), tailFirst: 13, tail: [tail[2]] });
    expect(trimmed(head, 12, SIZE)).not.toHaveProperty("flushDue");
    expect(trimmed(head, 12, { ...SIZE, headBytes: 0 }).flushDue).toBe(true);
    expect(trimmed(head, 13, { ...SIZE, headBytes: 0 })).not.toHaveProperty("flushDue");
  });

  test("leaves a head of one write unit", () => {
    expect(HEAD_BYTES).toBe(1024);
  });
});

describe("a rewritten entry in a segment", () => {
  test.each([
    ["edited", edit(7)],
    ["deleted", deletion(7)],
    ["reacted to", react(7, "👍")],
  ])("that is %s changes in one transaction with the head, which keeps its entries", (_, entry) => {
    const planned = write(group, frameOf(entry));
    expect(seqsIn(planned)).toEqual([[6, 7, 8, 9, 10]]);
    expect(planned.transaction?.members).toEqual([]);
    expect(planned.transaction?.segments[0]?.headVersion).toBe(planned.after.head.version);
    expect(planned.after.head.tail.map(({ seq }) => seq)).toEqual([11, 12, 13]);
  });

  test("may leave a head for which a flush is due", () => {
    const large = withTail(groupConversation(10, ["bob"]), 1, () => ({ body: { text: "x".repeat(700) } }));
    expect(write(large, frameOf(react(7, "👍"))).after.head.flushDue).toBe(true);
  });

  test("moves the head's entries along while a flush is due", () => {
    expect(seqsIn(write(due, frameOf(edit(7))))).toEqual([
      [11, 12, 13],
      [6, 7, 8, 9, 10],
    ]);
  });
});

describe("while a flush is due", () => {
  test.each([
    ["edited", edit(11, "harmless")],
    ["deleted", deletion(11)],
    ["reacted to", react(11, "👍")],
  ])("an entry of the head that is %s moves all of them in one transaction, as they are now", (_, entry) => {
    const secret = withHead(due, { tail: [textEntry(11, { body: { text: "secret" } }), textEntry(12)] });
    const planned = write(secret, frameOf(entry));
    expect(seqsIn(planned)).toEqual([[11, 12, 13]]);
    expect(planned.after.head).toMatchObject({ tail: [], tailFirst: 14, lastSeq: 13 });
    expect(planned.after.head).not.toHaveProperty("flushDue");
    const moved = planned.transaction?.segments[0]?.entries[0];
    expect(moved).not.toEqual(secret.head.tail[0]);
    if (entry.kind !== "reaction") expect(JSON.stringify(planned.transaction)).not.toContain("secret");
  });

  test("an entry that the same write appends and rewrites was never in a segment", () => {
    expect(write(due, frameOf(text("a")), frameOf(react(13, "👍"))).transaction).toBeUndefined();
  });
});

describe("everything else moves the head's entries in the transaction that it needs anyway", () => {
  test.each([
    ["a new member", add(["dave"]), ["dave"]],
    ["a removal", { kind: "member.remove", body: { users: ["bob"] } } as const, ["bob"]],
    ["a role", { kind: "role", body: { user: "bob", role: "admin" } } as const, ["bob"]],
    ["a title", { kind: "rename", body: { title: "T" } } as const, []],
    ["a departure", { kind: "member.leave", body: {} } as const, ["bob"]],
  ])("%s", (_, entry, users) => {
    const frame = frameOf(entry);
    const sender = entry.kind === "member.leave" ? { user: "bob", connection: "b" } : frame.sender;
    const planned = write(group, { ...frame, sender });
    expect(seqsIn(planned)).toEqual([[11, 12, 13]]);
    expect(planned.transaction?.members.map(({ user }) => user)).toEqual(users);
    expect(planned.after.head).toMatchObject({ tail: [], tailFirst: 14 });
  });

  test("a block", () => {
    const view = withTail(directConversation(10), 2);
    const planned = plan({ view, frames: [controlFrame("block")] });
    expect(planned.write?.transaction?.segments.map(({ entries }) => entries.length)).toEqual([2]);
    expect(planned.write?.after.head).toMatchObject({ tail: [], tailFirst: 13, lastSeq: 12 });
  });

  test("texts in one batch with it go along", () => {
    const planned = write(group, frameOf(text("a")), frameOf(add(["dave"])), frameOf(text("b")));
    expect(seqsIn(planned)).toEqual([[11, 12, 13, 14, 15]]);
  });
});

describe("a large head", () => {
  const body = (bytes: number) => text("x".repeat(bytes));

  test("takes a burst up to 8 KB in one update, and what is larger goes into segments at once", () => {
    const small = write(group, frameOf(body(7_500)));
    expect([small.transaction, small.after.head.flushDue]).toEqual([undefined, true]);
    expect(tailBytes(small.after.head.tail)).toBeLessThanOrEqual(8 * 1024);
    const large = write(group, frameOf(body(8_000)));
    expect(seqsIn(large)).toEqual([[11, 12, 13]]);
    expect(large.after.head.tail).toEqual([]);
  });

  test("goes into segments of at most 25 entries and 200 KB", () => {
    const texts = Array.from({ length: 25 }, () => text("x".repeat(400)));
    const planned = write(group, frameOf(...texts), frameOf(...texts), frameOf(text("a")));
    expect(seqsIn(planned)?.map(({ length }) => length)).toEqual([25, 25, 3]);

    const many = Array.from({ length: 20 }, (_, index) =>
      textEntry(11 + index, { body: { text: "x".repeat(15_000) } }),
    );
    const moved = write(withHead(group, { tail: many, lastSeq: 30 }), frameOf(text("a")));
    expect(seqsIn(moved)?.map(({ length }) => length)).toEqual([13, 8]);
    for (const { entries } of moved.transaction?.segments ?? []) {
      expect(tailBytes(entries)).toBeLessThanOrEqual(SEGMENT_BYTES);
    }
  });
});

test("a write says with which entry users have joined a conversation, the last one of each", () => {
  const removal = { kind: "member.remove", body: { users: ["dora"] } } as const;
  const frames = [add(["dora", "emil"]), removal, add(["dora"]), text("welcome")].map((entry) =>
    frameOf(entry),
  );
  expect(write(group, ...frames).transaction?.joined).toEqual(
    new Map([
      ["dora", 15],
      ["emil", 13],
    ]),
  );
});

describe("retention", () => {
  const RETENTION = { kind: "retention", body: { seconds: 3_600 } } as const;
  const kept = withHead(groupConversation(10, ["bob"]), { retentionSeconds: 3_600 });

  test("has every entry in a segment that expires with its newest entry", () => {
    const planned = write(kept, frameOf(text("a")), frameOf(text("b")));
    const [segment] = planned.transaction?.segments ?? [];
    expect(seqsIn(planned)).toEqual([[11, 12]]);
    expect(segment?.expiresAtMs).toBe((segment?.entries.at(-1)?.sentAtMs ?? 0) + 3_600_000);
    expect(planned.after.head).toMatchObject({ tail: [], tailFirst: 13 });
  });

  test("keeps no text in the head, which does not expire, however it came there", () => {
    const written = write(kept, frameOf(text("a secret"))).after;
    expect(written.head.preview).toMatchObject({ seq: 11, kind: "text" });
    expect(JSON.stringify(written.head)).not.toContain("secret");
    const stored = {
      ...segmentsOf([5, 5, 1])[2],
      entries: [textEntry(11, { sender: "alice", sentAtMs: 999_000 })],
    };
    const edited = plan({
      conversation: CONVERSATION,
      view: withHead(written, { updatedAtMs: 999_000 }),
      frames: [frameOf(edit(11, "another secret"))],
      stored: (seq) => (seq === 11 ? { ...stored, headVersion: "" } : undefined),
    }).write;
    expect(edited?.after.head.lastSeq).toBe(12);
    expect(JSON.stringify(edited?.after.head)).not.toContain("secret");
  });

  test("leaves the expiry of a rewritten segment as it is", () => {
    const expiring = log.map((segment) => ({ ...segment, expiresAtMs: 2_000_000 }));
    const planned = plan({
      conversation: CONVERSATION,
      view: withHead(kept, { updatedAtMs: 999_000 }),
      frames: [frameOf(deletion(7))],
      stored: storedIn(expiring.map((part, index) => (index === 1 ? withTimes(part) : part))),
    });
    const [own, rewritten] = planned.write?.transaction?.segments ?? [];
    expect(own?.expiresAtMs).toBe((own?.entries[0]?.sentAtMs ?? 0) + 3_600_000);
    expect([rewritten?.entries[0]?.seq, rewritten?.expiresAtMs]).toEqual([6, 2_000_000]);
  });

  test("moves the head's entries when it is switched on, so that they expire, too", () => {
    const planned = write(group, frameOf(RETENTION));
    expect(seqsIn(planned)).toEqual([[11, 12, 13]]);
    expect(planned.transaction?.segments[0]?.expiresAtMs).toEqual(expect.any(Number));
    expect(planned.after.head.tail).toEqual([]);
  });

  test("that is switched off leaves the next entries in the head, and new segments without an expiry", () => {
    const off = write(kept, frameOf({ kind: "retention", body: { seconds: null } }));
    expect(off.transaction?.segments[0]).not.toHaveProperty("expiresAtMs");
    const next = write(off.after, frameOf(text("a")));
    expect(next.transaction).toBeUndefined();
    expect(next.after.head.tail.map(({ seq }) => seq)).toEqual([12]);
  });
});

/** The segment with entries that no retention hides yet. */
function withTimes<Part extends { readonly entries: readonly object[] }>(part: Part): Part {
  return { ...part, entries: part.entries.map((entry) => ({ ...entry, sentAtMs: 999_000 })) };
}
