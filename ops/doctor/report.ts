import type { Finding } from "./finding.ts";

const MARK: Readonly<Record<Finding["state"], string>> = { ok: "✓", wrong: "✗", skipped: "–" };

/** A line for each finding, what to do below those that are wrong, and a line that sums up. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, detail, todo, ms }) => [
    `${MARK[state]} ${check.padEnd(width)}  ${detail}${ms === undefined ? "" : ` (${ms} ms)`}`,
    ...(todo === undefined ? [] : [`  ${" ".repeat(width)}  ${todo}`]),
  ]);
  return [...lines, "", summary(findings)].join("\n");
}

function summary(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  const [bad, left] = [count("wrong"), count("skipped")];
  const skippedToo = left === 0 ? "" : `, ${left} not looked at`;
  return bad === 0
    ? `Nothing is wrong${skippedToo}.`
    : `${bad} ${bad === 1 ? "thing is" : "things are"} wrong${skippedToo}.`;
}
