import { describe, expect, test } from "vitest";
import type { LogPage } from "../../../functions/core/log/log-view.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, segmentsOf, textEntry, viewOf } from "../support/logs.ts";

const signal = new AbortController().signal;

/** A log with segments 1-5, 6-10 and 11-15, and a tail 16-18; `reads` counts requests of the store. */
function setUp({ page = Number.POSITIVE_INFINITY, hasTail = true } = {}) {
  const store = new MemoryStore();
  for (const segment of segmentsOf([5, 5, 5])) store.put(CONVERSATION, segment);
  const at = { reads: 0 };
  const step = async () => {
    at.reads += 1;
  };
  const tail = hasTail ? [16, 17, 18].map((seq) => textEntry(seq)) : [];
  return Object.assign(at, { view: viewOf(new MemoryLog(store, step, page), hasTail ? 18 : 15, tail) });
}

/** First and last seq of each part. */
const parts = ({ segments }: LogPage) =>
  segments.map(({ entries }) => [entries[0]?.seq, entries.at(-1)?.seq]);
const [A, B, C, TAIL] = [
  [1, 5],
  [6, 10],
  [11, 15],
  [16, 18],
];

describe("forward", () => {
  const read = async (fromSeq: number, toSeq: number, maxSegments?: number, over = {}) => {
    const at = setUp(over);
    const range = { fromSeq, toSeq, ...(maxSegments !== undefined && { maxSegments }) };
    const result = await at.view.readForward(range, signal);
    return [parts(result), result.complete, at.reads];
  };

  test.each([
    ["all of the log", 1, 18, [A, B, C, TAIL], 1],
    ["beyond its end", 12, 100, [C, TAIL], 1],
    ["a range that ends inside the tail", 12, 17, [C, TAIL], 1],
    ["a range that ends before the tail", 4, 15, [A, B, C], 1],
    ["a range inside the tail, without a request", 17, 17, [TAIL], 0],
    ["a range after the end of the log", 19, 30, [], 0],
  ])("%s", async (_, fromSeq, toSeq, expected, reads) => {
    expect(await read(fromSeq, toSeq)).toEqual([expected, true, reads]);
  });

  test("no tail before the segments that did not fit into the page", async () => {
    expect(await read(1, 18, undefined, { page: 2 })).toEqual([[A, B], false, 1]);
    expect(await read(1, 18, 2)).toEqual([[A, B], false, 1]);
    expect(await read(11, 18, undefined, { page: 1 })).toEqual([[C, TAIL], true, 1]);
  });

  test("segments alone if the head has no entries", async () => {
    expect(await read(1, 15, undefined, { hasTail: false })).toEqual([[A, B, C], true, 1]);
  });
});

describe("backward", () => {
  const read = async (fromSeq: number, toSeq: number, maxSegments = 100, over = {}) => {
    const at = setUp(over);
    const result = await at.view.readBackward({ fromSeq, toSeq, maxSegments }, signal);
    return [parts(result), result.complete, at.reads];
  };

  test.each([
    ["all of the log", 1, 18, [A, B, C, TAIL], 1],
    ["a range that ends inside the tail", 12, 16, [C, TAIL], 1],
    ["a range that ends before the tail", 6, 15, [B, C], 1],
    ["a range inside the tail, without a request", 16, 17, [TAIL], 0],
  ])("%s", async (_, fromSeq, toSeq, expected, reads) => {
    expect(await read(fromSeq, toSeq)).toEqual([expected, true, reads]);
  });

  test("the newest parts, as many as were asked for, the tail among them", async () => {
    expect(await read(1, 18, 1)).toEqual([[TAIL], false, 0]);
    expect(await read(1, 18, 2)).toEqual([[C, TAIL], false, 1]);
    expect(await read(1, 15, 2)).toEqual([[B, C], false, 1]);
    expect(await read(1, 18, 100, { page: 1 })).toEqual([[C, TAIL], false, 1]);
  });
});

test("a flush that did not finish is not read: what is in the tail counts", async () => {
  const store = new MemoryStore();
  for (const segment of segmentsOf([5, 5])) store.put(CONVERSATION, segment);
  const tail = [6, 7].map((seq) => textEntry(seq, { body: { text: "newer" } }));
  const view = viewOf(new MemoryLog(store), 7, tail);
  const page = await view.readForward({ fromSeq: 1, toSeq: 7 }, signal);
  expect(page.segments.at(-1)?.entries).toEqual(tail);
  expect(parts(page)).toEqual([A, [6, 7]]);
});
