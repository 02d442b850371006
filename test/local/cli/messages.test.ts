import { describe, expect, test } from "vitest";
import { describeLogLine, repetitionFilter } from "../../../local/cli/messages.ts";

const entry = (fields: object) =>
  JSON.stringify({ level: "ERROR", message: "an offline check failed", ...fields });

describe("a line of a function", () => {
  test.each([
    ["the name of an error", { error: "TimeoutError" }, "TimeoutError"],
    ["an error", { error: { name: "Error", message: "no memory" } }, "no memory"],
    ["a reason", { reason: "too large" }, "too large"],
  ])("names its cause: %s", (_, fields, cause) => {
    expect(describeLogLine("presence", entry(fields), false)).toBe(
      `presence error: an offline check failed (${cause})`,
    );
  });

  test("without a cause is its message", () => {
    expect(describeLogLine("presence", entry({}), false)).toBe("presence error: an offline check failed");
    expect(describeLogLine("presence", entry({ error: null }), false)).toBe(
      "presence error: an offline check failed",
    );
  });

  test("that is no error is shown only if everything is", () => {
    const line = entry({ level: "INFO" });
    expect(describeLogLine("presence", line, false)).toBeUndefined();
    expect(describeLogLine("presence", line, true)).toBe(`presence ${line}`);
  });
});

test("a line that repeats is shown once, and later with the number of repetitions", () => {
  let nowMs = 0;
  const filter = repetitionFilter(() => nowMs);
  expect(Array.from({ length: 8 }, () => filter("it failed"))).toEqual([
    "it failed",
    ...Array(7).fill(undefined),
  ]);
  expect(filter("something else")).toBe("something else");
  nowMs = 60_000;
  expect(filter("it failed")).toBe("it failed (and 7 times before)");
  nowMs = 120_000;
  expect(filter("it failed")).toBe("it failed");
});
