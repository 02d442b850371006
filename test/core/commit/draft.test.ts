import { describe, expect, test } from "vitest";
import { tailBytes } from "../../../functions/core/commit/head-write.ts";
import type { PlanInput } from "../../../functions/core/commit/plan.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import {
  add,
  deletion,
  edit,
  frameOf,
  groupConversation,
  plan,
  react,
  storedIn,
  text,
  withTail,
} from "../support/planning.ts";

const LAST_SEQ = 30;
/** Most bytes of a segment after edits and reactions. */
const GROWN_BYTES = 350 * 1024;
const people = Array.from({ length: 20 }, (_, index) => `m${index}`);
/** Alice's group, with 30 texts of hers in six segments. */
const group = groupConversation(LAST_SEQ, people);
const log = segmentsOf([5, 5, 5, 5, 5, 5]);

function planned(frames: readonly PublishedFrame[], segments: readonly Segment[] = log) {
  const input: Partial<PlanInput> = { conversation: CONVERSATION, view: group, frames };
  return plan({ ...input, stored: storedIn(segments) });
}

const outcomes = ({ decisions }: ReturnType<typeof plan>) => decisions.map(({ outcomes: [first] }) => first);
const stored = ({ write }: ReturnType<typeof plan>) => JSON.stringify([write?.transaction, write?.after]);
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("a write takes frames", () => {
  test("until the rows of the next do not fit into its transaction", () => {
    const frames = [frameOf(add(names("a", 40))), frameOf(add(["b"])), frameOf(add(["c"]))];
    const { decisions, write } = planned(frames);
    expect(decisions.map(({ frame }) => frame)).toEqual(frames.slice(0, 2));
    expect(write?.transaction?.members).toHaveLength(41);
    expect(write?.after.head.memberCount).toBe(21 + 41);
  });

  test("until it has the entries of ten full frames", () => {
    const full = () => frameOf(...Array.from({ length: 25 }, () => text("x")));
    const frames = Array.from({ length: 11 }, full);
    expect(planned(frames).write?.appended).toHaveLength(250);
  });

  test("until it has 200 KB", () => {
    const frames = Array.from({ length: 10 }, () =>
      frameOf(text("x".repeat(15_000)), text("x".repeat(15_000))),
    );
    expect(planned(frames).decisions).toHaveLength(6);
  });

  test("one at least, whatever it holds, and never a part of one", () => {
    const large = segmentsOf([20, 10], () => ({ body: { text: "x".repeat(15_000) } }));
    const { decisions, write } = planned([frameOf(deletion(1), deletion(30))], large);
    expect(decisions[0]?.outcomes).toEqual([{ seq: 31 }, { seq: 32 }]);
    expect(write?.transaction?.segments).toHaveLength(2);
  });
});

describe("a rewritten segment", () => {
  test("is as it was but for the entry", () => {
    const { write } = planned([frameOf(edit(7))]);
    expect(write?.transaction?.segments).toHaveLength(1);
    expect(write?.transaction?.segments[0]?.entries).toEqual(
      log[1]?.entries.map((entry) =>
        entry.seq === 7
          ? { ...entry, body: { text: "edited" }, editSeq: LAST_SEQ + 1, editedAtMs: expect.any(Number) }
          : entry,
      ),
    );
  });

  test("is in the write once, with all its entries that were rewritten", () => {
    const { write } = planned([frameOf(edit(6), deletion(7)), frameOf(react(8, "👍"))]);
    expect(write?.transaction?.segments).toHaveLength(1);
    const [, edited, deleted, reacted] = [undefined, ...(write?.transaction?.segments[0]?.entries ?? [])];
    expect(edited?.body).toEqual({ text: "edited" });
    expect(deleted?.body).toBeNull();
    expect(reacted?.reactions).toEqual({ "👍": ["alice"] });
  });

  test("loses the text of an earlier edit, wherever that is", () => {
    const first = planned([frameOf(edit(3, "secret"))]);
    const view = first.write?.after;
    if (view === undefined) throw new Error("an edit is written");
    const edited = { ...log[0], entries: first.write?.transaction?.segments[0]?.entries ?? [] } as Segment;
    const again = (over: Partial<PlanInput>) =>
      plan({ conversation: CONVERSATION, view, frames: [frameOf(deletion(3))], ...over });

    // The edit is in the head, in a segment of its own, or comes in the same batch.
    const inHead = again({ stored: storedIn([edited]) });
    expect(stored(inHead)).not.toContain("secret");
    const own = { entries: view.head.tail, headVersion: "001.00000002.test" };
    const head = { ...view.head, tail: [], tailFirst: LAST_SEQ + 2 };
    const inSegment = again({ view: { ...view, head }, stored: storedIn([edited, own]) });
    expect(inSegment.write?.transaction?.segments.map(({ entries }) => entries[0]?.seq)).toEqual([1, 31]);
    expect(stored(inSegment)).not.toContain("secret");
    const inBatch = planned([frameOf(edit(3, "secret"), edit(3, "harmless"))]);
    expect(stored(inBatch)).not.toContain("secret");
  });

  test("that an edit or a reaction would make too large refuses it, and the conversation goes on", () => {
    const large = segmentsOf([23, 7], (seq) => ({ body: { text: seq === 1 ? "" : "x".repeat(16_000) } }));
    const frames = [frameOf(edit(1, "y".repeat(16_000))), frameOf(edit(1, "y")), frameOf(text("a"))];
    expect(outcomes(planned(frames, large))).toEqual([
      { refused: "too_large" },
      { seq: LAST_SEQ + 1 },
      { seq: LAST_SEQ + 2 },
    ]);
  });
});

describe("a delete is never refused for size", () => {
  test("although it adds its time to a segment that must not grow", () => {
    const [first, ...rest] = segmentsOf([24, 6], (seq) => ({
      body: { text: seq === 1 ? "" : "x".repeat(15_000) },
    }));
    if (first === undefined) throw new Error("there are two segments");
    const missing = GROWN_BYTES - tailBytes(first.entries);
    const entries = first.entries.map((entry) =>
      entry.seq === 2 ? { ...entry, body: { text: "x".repeat(15_000 + missing) } } : entry,
    );
    const full = { ...first, entries };
    expect(tailBytes(entries)).toBe(GROWN_BYTES);
    expect(outcomes(planned([frameOf(react(1, "👍"))], [full, ...rest]))).toEqual([{ refused: "too_large" }]);
    const deleted = planned([frameOf(deletion(1))], [full, ...rest]);
    expect(outcomes(deleted)).toEqual([{ seq: LAST_SEQ + 1 }]);
    expect(tailBytes(deleted.write?.transaction?.segments[0]?.entries ?? [])).toBeGreaterThan(GROWN_BYTES);
  });

  test("although others rewrite as large segments in the same batch: it waits for the next write", () => {
    const large = segmentsOf([12, 12, 6], () => ({ body: { text: "x".repeat(16_000) } }));
    const frames = [frameOf(react(1, "👍")), frameOf(react(13, "👍")), frameOf(deletion(25))];
    const first = planned(frames, large);
    expect(outcomes(first)).toEqual([{ seq: 31 }, { seq: 32 }]);
    const view = first.write?.after;
    const second = plan({
      conversation: CONVERSATION,
      view,
      frames: frames.slice(2),
      stored: storedIn(large),
    });
    expect(outcomes(second)).toEqual([{ seq: 33 }]);
  });

  test("although its frame rewrites more than one write takes: the rest may be sent again", () => {
    const segments = segmentsOf(Array(25).fill(12), () => ({ body: { text: "x".repeat(24_000) } }));
    const remove = (ofs: readonly number[], view = groupConversation(300, people)) =>
      plan({
        conversation: CONVERSATION,
        view,
        frames: [frameOf(...ofs.map(deletion))],
        stored: storedIn(segments),
      });
    const ofs = segments.flatMap(({ entries }) => entries[0]?.seq ?? []);
    const { decisions, write } = remove(ofs);
    const refused = ofs.filter((_, index) => "refused" in (decisions[0]?.outcomes[index] ?? {}));
    expect(decisions[0]?.outcomes.slice(-refused.length)).toEqual(
      refused.map(() => ({ refused: "rate_limited" })),
    );
    expect(refused.length).toBeLessThan(20);
    // DynamoDB takes 4 MB in one transaction.
    expect(tailBytes(write?.transaction?.segments.flatMap(({ entries }) => entries) ?? [])).toBeLessThan(4e6);
    const again = remove(refused.slice(0, 5), write?.after);
    expect(again.decisions[0]?.outcomes.filter((outcome) => "seq" in outcome)).toHaveLength(5);
  });

  test("although it is one of many in its frame", () => {
    const large = segmentsOf([12, 12, 6], () => ({ body: { text: "x".repeat(16_000) } }));
    const { decisions } = planned([frameOf(deletion(1), deletion(13), deletion(25))], large);
    expect(decisions[0]?.outcomes).toEqual([{ seq: 31 }, { seq: 32 }, { seq: 33 }]);
  });
});

test("a rewritten entry is found in the head, in a segment, or in the batch before it", () => {
  const view = withTail(group, 2);
  const frames = [
    frameOf(text("a")),
    frameOf(react(3, "👍")),
    frameOf(react(31, "👍")),
    frameOf(react(33, "👍")),
  ];
  const { write } = plan({ conversation: CONVERSATION, view, frames, stored: storedIn(log) });
  const reacted = [
    ...(write?.transaction?.segments ?? []).flatMap(({ entries }) => entries),
    ...(write?.after.head.tail ?? []),
  ];
  expect(reacted.filter(({ reactions }) => reactions !== undefined).map(({ seq }) => seq)).toEqual([
    3, 31, 33,
  ]);
});
