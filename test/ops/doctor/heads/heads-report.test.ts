import { expect, test } from "vitest";
import type { Outcome, SettledFinding } from "../../../../ops/doctor/heads/examine.ts";
import { HeadsReport } from "../../../../ops/doctor/heads/heads-report.ts";

const finding = (outcome: Outcome, detail = "wrong", todo?: string): SettledFinding => ({
  kind: "counts",
  detail,
  outcome,
  ...(todo !== undefined && { todo }),
});

function reportOf(conversations: number, damaged: Readonly<Record<string, readonly SettledFinding[]>>) {
  const report = new HeadsReport("table", { units: { read: 7, write: 2 } });
  for (let index = 0; index < conversations; index++) report.count();
  for (const [conversation, findings] of Object.entries(damaged)) report.add(conversation, findings);
  return report;
}

test("a conversation counts by its worst finding, and the next step is below what is left", () => {
  const report = reportOf(4, {
    c1: [finding("mended"), finding("left", "gone", "Copy it.")],
    c2: [finding("mended"), finding("marked", "a hole")],
    c3: [finding("mended")],
  });
  expect(report.format()).toBe(`c1
  ✓ mended: wrong (counts)
  ✗ left: gone (counts)
    Copy it.

c2
  ✓ mended: wrong (counts)
  ✓ marked: a hole (counts)

c3
  ✓ mended: wrong (counts)

4 conversations in table: 1 fine, 1 left, 1 marked, 1 mended.
Consumed 7 read units and 2 write units.`);
});

test("programs get the same as JSON", () => {
  expect(reportOf(2, { c1: [finding("open")] }).toJson()).toEqual({
    table: "table",
    conversations: 2,
    fine: 1,
    left: 0,
    open: 1,
    marked: 0,
    mended: 0,
    readUnits: 7,
    writeUnits: 2,
    findings: [{ conversation: "c1", kind: "counts", detail: "wrong", outcome: "open" }],
  });
});

test.each<[Outcome, boolean]>([
  ["mended", true],
  ["marked", true],
  ["open", false],
  ["left", false],
])("a conversation that is %s: all is settled: %s", (outcome, isSettled) => {
  expect(reportOf(1, { c1: [finding(outcome)] }).isSettled).toBe(isSettled);
});

test("a conversation that is found damaged twice is counted once, with the later outcome", () => {
  const report = reportOf(1, { c1: [finding("open")] });
  report.add("c1", [finding("mended")]);
  expect(report.toJson()).toMatchObject({ fine: 0, open: 0, mended: 1 });
});
