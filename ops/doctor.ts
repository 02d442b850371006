/** `npm run doctor -- --env dev`: checks a deployment, sends a message from end to end, and reports what is wrong. */
import { parseArgs } from "node:util";
import { findDeployment } from "../deployment/find-deployment.ts";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  SELECTOR_USAGE,
} from "../deployment/selector.ts";
import { parseOrUsageError, runCommand, UsageError } from "./command.ts";
import { formatReport } from "./doctor/report.ts";
import { runChecks } from "./doctor/run-checks.ts";

const USAGE = `Usage: npm run doctor -- <deployment> [options]

Deployment, one of
${SELECTOR_USAGE}

  --json               print the results as JSON
  --help               show this text

The exit code is 1 if anything is wrong. If the stack has a user pool, the doctor creates the users doctor-a and doctor-b
and deletes them afterwards; the message they exchange stays in the log. With another token issuer, set PARLEY_TOKEN_A and
PARLEY_TOKEN_B to tokens of two users.
`;

interface Arguments {
  readonly selector: DeploymentSelector;
  readonly json: boolean;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parseOrUsageError(
    () =>
      parseArgs({
        args: [...args],
        options: {
          ...SELECTOR_OPTIONS,
          json: { type: "boolean", default: false },
          help: { type: "boolean", default: false },
        },
      }).values,
  );
  if (values.help) return "help";
  const selector = parseSelector(values);
  if (typeof selector === "string") throw new UsageError(selector);
  if (selector === undefined)
    throw new UsageError("Choose a deployment: --env, --stack, --outputs or --local.");
  return { selector, json: values.json };
}

await runCommand(USAGE, readArguments, async ({ selector, json }) => {
  const { PARLEY_TOKEN_A: a, PARLEY_TOKEN_B: b } = process.env;
  const results = await runChecks(await findDeployment(selector), { a, b });
  console.log(json ? JSON.stringify(results, undefined, 2) : formatReport(results));
  return results.some(({ state }) => state === "wrong") ? 1 : 0;
});
