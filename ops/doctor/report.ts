import type { CheckResult } from "./check-result.ts";

const MARK: Readonly<Record<CheckResult["state"], string>> = { ok: "✓", wrong: "✗", skipped: "–" };

/** A line for each result, what to do below those that are wrong, and a line that sums up. */
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
  const [bad, left] = [count("wrong"), count("skipped")];
  const skippedToo = left === 0 ? "" : `, ${left} not looked at`;
  return bad === 0
    ? `Nothing is wrong${skippedToo}.`
    : `${bad} ${bad === 1 ? "thing is" : "things are"} wrong${skippedToo}.`;
}
