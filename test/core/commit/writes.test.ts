import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { initialMembers, newConversation } from "../../../functions/core/commit/conversation-state.ts";
import { frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { type PlanInput, planBatch } from "../../../functions/core/commit/plan.ts";
import type { PlannedWrite } from "../../../functions/core/commit/writes.ts";
import type { Conversation, Segment } from "../../../functions/ports/conversation-log.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";

const NOW_MS = 1_000_000;
const LAST_SEQ = 30;
/** DynamoDB: 400 KB an item; keys and decided frames are in it, too. */
const ITEM_BYTES = 390 * 1024;
const ACTIONS = 90;

/** Alice's group, with 30 texts of hers in six segments behind it. */
function group(): Conversation {
  const members = initialMembers(
    ["alice", "bob", ...Array.from({ length: 20 }, (_, index) => `m${index}`)],
    "alice",
  );
  const begun = newConversation({ kind: "group", members, epoch: 1, nowMs: 0, retentionSeconds: undefined });
  return { ...begun, head: { ...begun.head, lastSeq: LAST_SEQ, updatedAtMs: 500 } };
}

const log = segmentsOf([5, 5, 5, 5, 5, 5]);
const storedIn = (segments: readonly Segment[]) => (seq: number) =>
  segments.find(({ entries }) => entries.some((entry) => entry.seq === seq));

function plan(frames: readonly PublishedFrame[], over: Partial<PlanInput> = {}) {
  return planBatch({
    conversation: CONVERSATION,
    view: group(),
    frames,
    stale: new Set(),
    repeatOf: () => undefined,
    stored: storedIn(log),
    blocks: new Set(),
    retentionSeconds: undefined,
    nowMs: NOW_MS,
    epochFloor: 1,
    ...over,
  });
}

type New = Pick<PublishedEntry, "kind" | "body">;
let ids = 0;

/** A frame of Alice to the group with these entries. */
function frame(...entries: New[]): PublishedFrame {
  const numbered = entries.map((entry) => ({ id: `n${++ids}`, ...entry }) as PublishedEntry);
  return published({ conversation: CONVERSATION, to: undefined, entries: numbered });
}

const text = (content: string): New => ({ kind: "text", body: { text: content } });
const edit = (of: number, content = "edited"): New => ({ kind: "edit", body: { of, text: content } });
const deletion = (of: number): New => ({ kind: "delete", body: { of } });
const react = (of: number, key: string): New => ({ kind: "reaction", body: { of, key } });
const add = (users: string[]): New => ({ kind: "member.add", body: { users } });

const entriesOf = (writes: readonly PlannedWrite[]) =>
  writes.flatMap(({ segment }) => segment?.entries ?? []);

/** The log after these writes. */
function logAfter(writes: readonly PlannedWrite[], before: readonly Segment[] = log) {
  const segments = new Map(before.map((segment) => [segment.entries[0]?.seq, segment]));
  for (const { segment, rewritten } of writes) {
    for (const one of [...rewritten, ...(segment ? [segment] : [])]) segments.set(one.entries[0]?.seq, one);
  }
  return [...segments.values()].flatMap(({ entries }) => entries);
}

const actionsOf = ({ members, rewritten }: PlannedWrite) => 2 + 2 * members.length + rewritten.length;

describe("whatever a batch holds, each of its writes", () => {
  const newcomers = fc
    .nat(40)
    .map((count) => add(Array.from({ length: count + 1 }, (_, index) => `n${index}`)));
  const removal = fc
    .uniqueArray(fc.nat(19), { minLength: 1, maxLength: 20 })
    .map((some): New => ({ kind: "member.remove", body: { users: some.map((index) => `m${index}`) } }));
  const seq = fc.integer({ min: 1, max: LAST_SEQ + 60 });
  const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 15_000 }));
  const shared = fc.oneof(
    size.map((length) => text("t".repeat(length))),
    fc.tuple(seq, size).map(([of, length]) => edit(of, "e".repeat(length))),
    seq.map(deletion),
    seq.map((of) => react(of, "👍")),
  );
  const sized = fc
    .array(shared, { minLength: 1, maxLength: 25 })
    .filter((entries) => utf8Bytes(JSON.stringify(entries)) < 30_000);
  const batch = fc.array(fc.oneof({ weight: 4, arbitrary: sized }, fc.tuple(fc.oneof(newcomers, removal))), {
    minLength: 1,
    maxLength: 10,
  });

  test("fits into a transaction and its segments into items, and together they are the log without a hole", () => {
    fc.assert(
      fc.property(batch, (contents) => {
        const frames = contents.map((entries) => frame(...entries));
        const { writes, decisions } = plan(frames);
        for (const write of writes) {
          expect(write.segment?.entries.length ?? 0).toBeLessThanOrEqual(LIMITS.entriesPerFrame);
          expect(actionsOf(write)).toBeLessThanOrEqual(ACTIONS);
          for (const segment of [...write.rewritten, ...(write.segment ? [write.segment] : [])]) {
            expect(utf8Bytes(JSON.stringify(segment))).toBeLessThan(ITEM_BYTES);
          }
          expect(write.after.head.lastSeq).toBe(write.segment?.entries.at(-1)?.seq);
        }
        const appended = entriesOf(writes).map((entry) => entry.seq);
        expect(appended).toEqual(appended.map((_, index) => LAST_SEQ + 1 + index));
        // A frame is recorded with the last of its entries, or with the next write; never twice.
        if (writes.length > 0) {
          const recorded = writes.flatMap(({ segment }) => segment?.decided.map((one) => one.frame) ?? []);
          expect(recorded).toEqual(decisions.map((decision) => frameDigest(decision.frame.frame)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("texts alone are a plain append; anything that changes more is a change", () => {
  const isChange = (...entries: New[]) => plan([frame(...entries)]).writes[0]?.isChange;
  expect(isChange(text("a"), text("b"))).toBe(false);
  expect(isChange(edit(3))).toBe(true);
  expect(isChange(react(3, "👍"))).toBe(true);
  expect(isChange(text("a"), edit(LAST_SEQ + 1))).toBe(true);
  expect(isChange(text("a"), deletion(LAST_SEQ + 1))).toBe(true);
  expect(isChange(add(["new"]))).toBe(true);
  expect(isChange({ kind: "rename", body: { title: "T" } })).toBe(true);
  expect(isChange({ kind: "retention", body: { seconds: 3_600 } })).toBe(true);
});

test("a change names the rows it changes, and no others", () => {
  const [write] = plan([frame(add(["new", "other"]))]).writes;
  expect(write?.members.map(({ user }) => user).sort()).toEqual(["new", "other"]);
  expect(plan([frame(edit(3))]).writes[0]?.members).toEqual([]);
});

test("the members of two frames that do not fit into one transaction come in two", () => {
  const names = (prefix: string) => Array.from({ length: 40 }, (_, index) => `${prefix}${index}`);
  const { writes } = plan([frame(add(names("a"))), frame(add(names("b"))), frame(add(["c"]))]);
  expect(writes.map(({ members }) => members.length)).toEqual([40, 41]);
  expect(writes.map(({ after }) => after.head.memberCount)).toEqual([62, 103]);
});

test("a transaction is filled up to its last action, and not beyond", () => {
  const names = (count: number) => Array.from({ length: count }, () => `n${++ids}`);
  const { writes } = plan([frame(add(names(40))), frame(add(names(4))), frame(add(names(1)))]);
  expect(writes.map(actionsOf)).toEqual([ACTIONS, 4]);
});

test("an edit rewrites the segment in the store, and leaves the rest of it as it is", () => {
  const [write] = plan([frame(edit(7))]).writes;
  const [, second] = log;
  expect(write?.rewritten).toHaveLength(1);
  expect(write?.rewritten[0]).toEqual({
    ...second,
    entries: second?.entries.map((entry) =>
      entry.seq === 7
        ? { ...entry, body: { text: "edited" }, editSeq: LAST_SEQ + 1, editedAtMs: expect.any(Number) }
        : entry,
    ),
  });
});

test("edits of several entries of a segment rewrite it once, with all of them", () => {
  const { writes } = plan([frame(edit(6), deletion(7), react(8, "👍"))]);
  expect(writes).toHaveLength(1);
  expect(writes[0]?.rewritten).toHaveLength(1);
  const after = logAfter(writes);
  expect(after[5]?.body).toEqual({ text: "edited" });
  expect(after[6]?.body).toBeNull();
  expect(after[7]?.reactions).toEqual({ "👍": ["alice"] });
});

test("an edit of an entry of the same write changes that write, once", () => {
  const { writes } = plan([frame(text("a")), frame(edit(LAST_SEQ + 1))]);
  expect(writes).toHaveLength(1);
  expect(writes[0]?.rewritten).toEqual([]);
  expect(writes[0]?.segment?.entries[0]).toMatchObject({ body: { text: "edited" }, editSeq: LAST_SEQ + 2 });
});

test("an edit of an entry of an earlier write of the batch rewrites that segment as it was written", () => {
  const full = Array.from({ length: 25 }, (_, index) => text(`t${index}`));
  const { writes } = plan([frame(...full), frame(edit(LAST_SEQ + 2))]);
  const [first, second] = writes;
  expect(second?.rewritten).toHaveLength(1);
  expect(second?.rewritten[0]?.decided).toEqual(first?.segment?.decided);
  expect(second?.rewritten[0]?.entries.map(({ seq }) => seq)).toEqual(
    first?.segment?.entries.map(({ seq }) => seq),
  );
  expect(logAfter(writes)[LAST_SEQ + 1]?.body).toEqual({ text: "edited" });
  // The write before it is as it was decided: a worker may die between the two.
  expect(first?.segment?.entries[1]?.body).toEqual({ text: "t1" });
});

test("the second edit takes the text out of the first, wherever that is", () => {
  const first = plan([frame(edit(3, "one"))]);
  const between = [
    ...log.slice(1),
    ...first.writes.flatMap(({ rewritten, segment }) => [...rewritten, segment ?? []]),
  ];
  const stored = between.flat();
  const view = first.writes[0]?.after;
  const inStore = plan([frame(edit(3, "two"))], { view, stored: storedIn(stored) });
  const after = logAfter(inStore.writes, stored).sort((a, b) => a.seq - b.seq);
  expect(after[2]).toMatchObject({ body: { text: "two" }, editSeq: LAST_SEQ + 2 });
  expect(after[LAST_SEQ]?.body).toEqual({ of: 3 });

  const inBatch = plan([frame(edit(3, "one"), edit(3, "two"))]).writes;
  expect(logAfter(inBatch)[LAST_SEQ]?.body).toEqual({ of: 3 });
  expect(JSON.stringify(inBatch)).not.toContain('"one"');
});

test("deleted text is neither in any segment nor in the preview", () => {
  const { writes } = plan([
    frame(text("a secret")),
    frame(edit(LAST_SEQ + 1, "my secret")),
    frame(deletion(LAST_SEQ + 1)),
  ]);
  expect(JSON.stringify(writes)).not.toContain("secret");
});

test("an edit that would make its segment too large is refused, and the conversation goes on", () => {
  const large = segmentsOf([23, 7], (seq) => ({ body: { text: seq === 1 ? "" : "x".repeat(16_000) } }));
  const frames = [frame(edit(1, "y".repeat(16_000))), frame(edit(1, "y")), frame(text("a"))];
  const { decisions } = plan(frames, { stored: storedIn(large) });
  expect(decisions.map(({ outcomes: [outcome] }) => outcome)).toEqual([
    { refused: "too_large" },
    { seq: LAST_SEQ + 1 },
    { seq: LAST_SEQ + 2 },
  ]);
});

describe("controls", () => {
  const control = (type: "block" | "unblock", id: string) =>
    published({ entries: [], control: { id, type }, frame: `f-${id}` });
  const people = initialMembers(["alice", "bob"]);
  const begun = newConversation({
    kind: "direct",
    members: people,
    epoch: 1,
    nowMs: 0,
    retentionSeconds: undefined,
  });
  const direct = { ...begun, head: { ...begun.head, lastSeq: 5 } };
  const planned = (frames: readonly PublishedFrame[], view: Conversation | undefined = direct) =>
    plan(frames, { conversation: ALICE_BOB, view, stored: () => undefined });

  test("a block between texts is a write between theirs, and each write records the frames decided since the one before", () => {
    const frames = [published(), control("block", "b"), published()];
    const { writes } = planned(frames);
    expect(writes.map(({ segment }) => segment?.entries.map(({ seq }) => seq))).toEqual([
      [6],
      undefined,
      [7],
    ]);
    expect(writes.map(({ isChange }) => isChange)).toEqual([false, true, false]);
    const digests = frames.map((one) => frameDigest(one.frame));
    expect(writes.map(({ after }) => after.head.decided.map((one) => one.frame))).toEqual([
      digests.slice(0, 1),
      digests.slice(0, 2),
      digests,
    ]);
    expect(writes[2]?.segment?.decided.map((one) => one.frame)).toEqual(digests.slice(2));
    expect(writes[1]?.members).toEqual([
      { user: "alice", role: "member", ranges: [[1]] },
      { user: "bob", role: "member", ranges: [[1]], blocked: true },
    ]);
  });

  test("a blocked user is refused from the block on, in the same batch", () => {
    const fromBob = () => published({ sender: { user: "bob", connection: "b" }, to: { user: "alice" } });
    const { decisions } = planned([
      fromBob(),
      control("block", "b"),
      fromBob(),
      control("unblock", "u"),
      fromBob(),
    ]);
    expect(decisions.map(({ outcomes: [outcome] }) => outcome)).toEqual([
      { seq: 6 },
      { seq: 6 },
      { refused: "blocked" },
      { seq: 6 },
      { seq: 7 },
    ]);
  });

  test("a refusal before a block is recorded with the block", () => {
    const stranger = published({ sender: { user: "mallory", connection: "m" }, to: undefined });
    const { writes } = planned([stranger, control("block", "b")]);
    expect(writes[0]?.after.head.decided.map(({ outcomes }) => outcomes)).toEqual([
      [{ refused: "not_found" }],
      [{ seq: 5 }],
    ]);
  });

  test("a block of a user one never wrote to makes the conversation, without an entry", () => {
    const { writes } = plan([control("block", "b"), published()], {
      conversation: ALICE_BOB,
      view: undefined,
      stored: () => undefined,
    });
    expect(writes.map(({ creates, segment }) => [creates, segment?.entries[0]?.seq])).toEqual([
      [true, undefined],
      [false, 1],
    ]);
  });

  test("nobody blocks themselves, nor through another's conversation", () => {
    expect(planned([{ ...control("block", "b"), to: { user: "carol" } }]).writes).toEqual([]);
    const stranger = { ...control("block", "b"), sender: { user: "mallory", connection: "m" } };
    expect(planned([stranger]).decisions[0]?.outcomes).toEqual([{ refused: "not_found" }]);
  });
});

test("a segment expires with its newest entry, and one without retention never", () => {
  const view = group();
  const kept = { ...view, head: { ...view.head, retentionSeconds: 3_600 } };
  const { writes } = plan([frame(text("a"))], { view: kept });
  const sentAtMs = writes[0]?.segment?.entries[0]?.sentAtMs ?? 0;
  expect(writes[0]?.segment?.expiresAtMs).toBe(sentAtMs + 3_600_000);
  expect(plan([frame(text("a"))]).writes[0]?.segment).not.toHaveProperty("expiresAtMs");
});
