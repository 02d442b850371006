/** `npm run doctor -- --env dev`: looks a deployment over, sends a message from end to end, and says what is wrong. */
import { parseArgs } from "node:util";
import { findDeployment } from "../deployment/find-deployment.ts";
import { parseSelector, SELECTOR_OPTIONS, SELECTOR_USAGE } from "../deployment/selector.ts";
import { parseOrUsageError, runCommand, UsageError } from "./command.ts";
import { formatReport } from "./doctor/report.ts";
import { runChecks } from "./doctor/run-checks.ts";

const USAGE = `Usage: npm run doctor -- <where> [options]

Where, one of
${SELECTOR_USAGE}

  --json               the findings as JSON
  --help               show this

Exit code 1 if anything is wrong. Where the stack has a user pool, the users doctor-a and doctor-b are made for the visit
and deleted after it; the message they exchange stays in the log. With users from elsewhere, PARLEY_TOKEN_A and
PARLEY_TOKEN_B hold tokens of two of them.
`;

await runCommand(USAGE, async () => {
  const values = parseOrUsageError(
    () =>
      parseArgs({
        options: {
          ...SELECTOR_OPTIONS,
          json: { type: "boolean", default: false },
          help: { type: "boolean", default: false },
        },
      }).values,
  );
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const selector = parseSelector(values);
  if (typeof selector === "string") throw new UsageError(selector);
  if (selector === undefined) throw new UsageError("Say where: --env, --stack, --outputs or --local.");
  const { PARLEY_TOKEN_A: a, PARLEY_TOKEN_B: b } = process.env;
  const results = await runChecks(await findDeployment(selector), { a, b });
  console.log(values.json ? JSON.stringify(results, undefined, 2) : formatReport(results));
  return results.some(({ state }) => state === "wrong") ? 1 : 0;
});
