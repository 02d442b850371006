import { describe, expect, test } from "vitest";
import { type TraceStep, traceOf } from "../../../web/src/inspector/trace.ts";
import type { Hop, HopStep } from "../../../wiring/hops.ts";

function hop(id: number, atMs: number, step: HopStep, entries = ["e"]): Hop {
  return { id, atMs, entries, step };
}

const describeSteps = (...steps: HopStep[]) =>
  traceOf(
    "e",
    steps.map((step, index) => hop(index, index, step)),
    "alice",
  ).map(({ tone, text }): [TraceStep["tone"], string] => [tone, text]);

describe("the trace of a message", () => {
  test("has only its own steps, in order of time, counted from the first", () => {
    const hops = [
      hop(1, 1000, { kind: "frame", gateway: "A", user: "bob" }),
      hop(2, 1000.5, { kind: "started", function: "send" }, ["other"]),
      hop(4, 1005, { kind: "received", queue: "q", receives: 1 }),
      hop(3, 1002.5, { kind: "queued", queue: "q" }),
    ];
    expect(traceOf("e", hops, "alice").map(({ key, afterMs }) => [key, afterMs])).toEqual([
      [1, 0],
      [3, 2.5],
      [4, 5],
    ]);
    expect(traceOf("unknown", hops, "alice")).toEqual([]);
  });

  test("shows a failure and the second delivery", () => {
    expect(
      describeSteps(
        { kind: "ended", function: "commit", tookMs: 12.34, failure: "signal: killed" },
        { kind: "received", queue: "q", receives: 3 },
        { kind: "ended", function: "commit", tookMs: 1.25 },
      ),
    ).toEqual([
      ["bad", "commit failed after 12 ms: signal: killed"],
      ["plain", "The queue delivers it again (3rd time): it was not acknowledged"],
      ["plain", "commit has ended, after 1.3 ms"],
    ]);
  });

  test("shows the users it was pushed to, and those who could not be reached", () => {
    const post = (frame: string, user: string, outcome: "sent" | "gone" | "buffer full"): HopStep => ({
      kind: "posted",
      frame,
      gateway: outcome === "gone" ? "" : "B",
      user: outcome === "gone" ? "" : user,
      outcome,
    });
    expect(
      describeSteps(
        post("ack", "alice", "sent"),
        post("entries", "bob", "sent"),
        post("entries", "bob", "gone"),
      ),
    ).toEqual([
      ["good", "In the log for good: ack → you on gateway B"],
      ["good", "Pushed: entries → bob on gateway B"],
      ["bad", "entries: the connection is closed, or not open yet; the next sync delivers it"],
    ]);
    expect(describeSteps(post("entries", "bob", "buffer full"))[0]).toEqual([
      "bad",
      "entries → bob on gateway B: not read yet, its buffer is full; retried later",
    ]);
  });
});

test("equal steps in a row are shown once, with a count", () => {
  const gone: HopStep = { kind: "posted", frame: "entries", gateway: "", user: "", outcome: "gone" };
  const hops = [gone, gone, gone].map((step, index) => hop(index, index, step));
  expect(traceOf("e", hops, "alice").map(({ afterMs, count }) => [afterMs, count])).toEqual([[0, 3]]);
});
