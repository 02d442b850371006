import { LogModel } from "./log-model.ts";
import { isRule, RULES, type Rule } from "./rules.ts";

// npm run model -- [runs] [rule]. Runs the model of the log as it is designed, and then with each rule broken, or with one.

const RUNS = 20_000;
/** A broken rule shows within a fraction of the runs that the design has to stand. */
const RUNS_BROKEN = 2_000;

function report(name: string, runs: number, broken: Rule | undefined): number {
  const wrongs = new Map<string, number>();
  let failures = 0;
  let entries = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const model = new LogModel(seed, broken);
    const found = model.run();
    entries += model.lastSeq;
    if (found.length > 0) failures += 1;
    for (const wrong of found) wrongs.set(wrong, (wrongs.get(wrong) ?? 0) + 1);
  }
  console.log(`${name}: ${failures} of ${runs} runs fail, ${entries} entries`);
  for (const [wrong, times] of wrongs) console.log(`  ${wrong}: ${times}`);
  return failures;
}

const [runs = String(RUNS), rule] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(runs) || (rule !== undefined && !isRule(rule))) {
  console.error("Usage: npm run model -- [runs] [rule]. A rule that is named is broken:");
  for (const [name, breach] of Object.entries(RULES)) console.error(`  ${name}: ${breach}`);
  process.exit(1);
}
const rules = rule === undefined ? Object.keys(RULES).filter(isRule) : [rule];
const brokenRuns = rule === undefined ? Math.min(Number(runs), RUNS_BROKEN) : Number(runs);
const isSound = rule !== undefined || report("as designed", Number(runs), undefined) === 0;
const missed = rules.filter((name) => report(`if ${RULES[name]} (${name})`, brokenRuns, name) === 0);
process.exitCode = isSound && missed.length === 0 ? 0 : 1;
