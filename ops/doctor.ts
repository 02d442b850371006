/**
 * `npm run doctor -- --env dev`: checks a deployment, sends a message from end to end, and reports what is wrong. With
 * `--heads` it checks the conversations of a restored table instead.
 */
import { parseArgs } from "node:util";
import { toDeploymentError } from "../deployment/aws-error.ts";
import { type Deployment, outputOf } from "../deployment/deployment.ts";
import { findDeployment } from "../deployment/find-deployment.ts";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  SELECTOR_USAGE,
} from "../deployment/selector.ts";
import { parseOrUsageError, runCommand, UsageError } from "./command.ts";
import { checkHeads } from "./doctor/heads/check-heads.ts";
import { showProgress } from "./doctor/heads/progress.ts";
import { formatReport } from "./doctor/report.ts";
import { runChecks } from "./doctor/run-checks.ts";

const USAGE = `Usage: npm run doctor -- <deployment> [options]

Deployment, one of
${SELECTOR_USAGE}

  --heads              check every conversation of a restored table against its segments and rows, and nothing else
  --table <name>       with --heads: this table, not the deployment's
  --mend               with --heads: mend what can be mended, and mark what is lost
  --json               print the results as JSON
  --help               show this text

The exit code is 1 if anything is wrong. If the stack has a user pool, the doctor creates the users doctor-a and doctor-b
and deletes them afterwards; the message they exchange stays in the log. With another token issuer, set PARLEY_TOKEN_A and
PARLEY_TOKEN_B to tokens of two users.

--heads scans the whole table, so it is for a restored one, best while traffic is stopped: docs/restore.md. Without --mend
it only reads. It is safe to repeat.
`;

interface Arguments {
  readonly selector: DeploymentSelector;
  readonly json: boolean;
  /** Undefined for a check of the deployment. */
  readonly heads: HeadsArguments | undefined;
}

interface HeadsArguments {
  /** Undefined for the table of the deployment. */
  readonly table: string | undefined;
  readonly mends: boolean;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parseOrUsageError(
    () =>
      parseArgs({
        args: [...args],
        options: {
          ...SELECTOR_OPTIONS,
          heads: { type: "boolean", default: false },
          table: { type: "string" },
          mend: { type: "boolean", default: false },
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
  const { heads, table, mend: mends, json } = values;
  if (!heads && (mends || table !== undefined)) throw new UsageError("--table and --mend need --heads.");
  return { selector, json, heads: heads ? { table, mends } : undefined };
}

const NEEDED = "dynamodb:Scan, or another permission that docs/deploy.md lists for `doctor --heads`";

await runCommand(USAGE, readArguments, async ({ selector, json, heads }) => {
  const deployment = await findDeployment(selector);
  return heads === undefined ? checkDeployment(deployment, json) : checkTable(deployment, heads, json);
});

async function checkDeployment(deployment: Deployment, json: boolean): Promise<number> {
  const { PARLEY_TOKEN_A: a, PARLEY_TOKEN_B: b } = process.env;
  const results = await runChecks(deployment, { a, b });
  console.log(json ? JSON.stringify(results, undefined, 2) : formatReport(results));
  return results.some(({ state }) => state === "wrong") ? 1 : 0;
}

async function checkTable(
  deployment: Deployment,
  { table, mends }: HeadsArguments,
  json: boolean,
): Promise<number> {
  const progress = showProgress(process.stderr);
  try {
    const report = await checkHeads({
      table: table ?? outputOf(deployment, "TableName"),
      client: deployment.clientOptions("dynamodb"),
      mends,
      nowMs: Date.now(),
      onProgress: progress.show,
    });
    progress.end();
    console.log(json ? JSON.stringify(report.toJson(), undefined, 2) : report.format());
    return report.isSettled ? 0 : 1;
  } catch (error) {
    progress.end();
    throw toDeploymentError(error, NEEDED) ?? error;
  }
}
