import { expect, test } from "vitest";
import { formatReport } from "../../../ops/doctor/report.ts";

test("the report says what to do below each failed check, and ends with a summary", () => {
  const text = formatReport([
    { check: "stack", state: "ok", detail: "fine" },
    { check: "ack", state: "wrong", detail: "no ack", todo: "look" },
    { check: "alarms", state: "skipped", detail: "none" },
    { check: "ping", state: "ok", detail: "is answered", ms: 12 },
  ]);
  expect(text.split("\n")).toEqual([
    "✓ stack   fine",
    "✗ ack     no ack",
    "          look",
    "– alarms  none",
    "✓ ping    is answered (12 ms)",
    "",
    "1 thing is wrong, 1 skipped.",
  ]);
});
