/** `npm run erase -- --env prod --user alice`: erases a user's account, messages and everything that names them. */
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { toDeploymentError } from "../deployment/aws-error.ts";
import { outputOf } from "../deployment/deployment.ts";
import { findDeployment } from "../deployment/find-deployment.ts";
import { SELECTOR_USAGE } from "../deployment/selector.ts";
import { deleteUser, userStatus } from "../deployment/user-pool/admin.ts";
import { userPoolOf } from "../deployment/user-pool/user-pool.ts";
import {
  parseOrUsageError,
  readUserOfDeployment,
  runCommand,
  USER_OPTIONS,
  UsageError,
  type UserOfDeployment,
} from "./command.ts";
import { type EraseCall, eraseAll, inWords } from "./erase/erase-all.ts";

const USAGE = `Usage: npm run erase -- --user <id> <deployment> [options]

Removes what the user has written, their reactions, group titles, rows and watches, and their user in the stack's own user
pool. Others see "a deleted account" in their place. It cannot be undone. If it is interrupted, run it again.

Deployment, one of
${SELECTOR_USAGE}

  --user <id>          the user to erase
  --dry-run            count what would be removed, and change nothing
  --yes                do not ask
  --help               show this text
`;

interface Arguments extends UserOfDeployment {
  readonly dryRun: boolean;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const { values } = parseOrUsageError(() =>
    parseArgs({
      args: [...args],
      options: {
        "dry-run": { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        ...USER_OPTIONS,
      },
    }),
  );
  const { help, yes, "dry-run": dryRun } = values;
  if (help) return "help";
  const { user, selector } = readUserOfDeployment(values);
  if (!dryRun && !yes) {
    throw new UsageError("It cannot be undone. Count with --dry-run what it removes, then add --yes.");
  }
  return { user, dryRun, selector };
}

await runCommand(USAGE, readArguments, async ({ user, dryRun, selector }) => {
  const deployment = await findDeployment(selector);
  const client = new LambdaClient(deployment.clientOptions("lambda"));
  const FunctionName = outputOf(deployment, "EraseFunctionName");
  const call: EraseCall = async (payload) => {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString("utf8") || "null");
    if (FunctionError !== undefined) throw new Error(answer?.errorMessage ?? FunctionError);
    return answer;
  };
  try {
    const pool = userPoolOf(deployment);
    const hasUser = pool !== undefined && (await userStatus(pool, user)) !== undefined;
    // First, so that nobody signs in by that name before everything is gone.
    if (hasUser && !dryRun) await deleteUser(pool, user);
    const show = process.stderr.isTTY ? (text: string) => process.stderr.write(`\r\x1b[K${text}`) : undefined;
    const counts = await eraseAll(call, { user, dryRun }, show);
    if (show !== undefined) process.stderr.write("\n");
    console.log(
      `${dryRun ? "Would erase" : "Erased"} ${user}: ${inWords(counts)}${hasUser ? ", 1 user of the pool" : ""}.`,
    );
    return 0;
  } catch (error) {
    const { message, name } = toDeploymentError(error, "lambda:InvokeFunction") ?? (error as Error);
    console.error(`Not erased, run the command again: ${message || name}`);
    return 1;
  }
});
