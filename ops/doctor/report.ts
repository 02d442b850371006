import type { CheckResult } from "./check-result.ts";

const MARK: Readonly<Record<CheckResult["state"], string>> = { ok: "✓", wrong: "✗", skipped: "–" };

/** Formats one line for each result, the next step below each failed check, and a summary. */
export function formatReport(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const lines = results.flatMap(({ check, state, detail, todo, ms }) => [
    `${MARK[state]} ${check.padEnd(width)}  ${detail}${ms === undefined ? "" : ` (${ms} ms)`}`,
    ...(todo === undefined ? [] : [`  ${" ".repeat(width)}  ${todo}`]),
  ]);
  return [...lines, "", summary(results)].join("\n");
}

function summary(results: readonly CheckResult[]): string {
  const count = (state: CheckResult["state"]) => results.filter((result) => result.state === state).length;
  const [wrong, unchecked] = [count("wrong"), count("skipped")];
  const skippedToo = unchecked === 0 ? "" : `, ${unchecked} skipped`;
  return wrong === 0
    ? `Nothing is wrong${skippedToo}.`
    : `${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong${skippedToo}.`;
}
