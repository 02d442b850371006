/** `npm run sign-out -- --env prod --user alice`: closes a user's connections and rejects the tokens that opened them. */
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { toDeploymentError } from "../deployment/aws-error.ts";
import { type ClientOptions, outputOf } from "../deployment/deployment.ts";
import { findDeployment } from "../deployment/find-deployment.ts";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  SELECTOR_USAGE,
} from "../deployment/selector.ts";
import { parseOrUsageError, readUserId, runCommand, UsageError } from "./command.ts";

const USAGE = `Usage: npm run sign-out -- --user <id> <deployment> [options]

Deployment, one of
${SELECTOR_USAGE}
  --function <name>    the output SignOutFunctionName of a stack; needs no CloudFormation

  --user <id>          the user to sign out
  --before <ISO time>  only connections opened with tokens issued before then (default now)
  --help               show this text
`;

interface Arguments {
  readonly user: string;
  readonly before: number | undefined;
  readonly selector: DeploymentSelector | { readonly functionName: string };
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { user, before, function: functionName } = values;
  if (user === undefined || user === "") throw new UsageError("Name the user to sign out with --user.");
  const selector = parseSelector(values);
  if (typeof selector === "string") throw new UsageError(selector);
  if ((selector === undefined) === (functionName === undefined)) {
    throw new UsageError("Choose a deployment: --env, --stack, --outputs, --local or --function.");
  }
  return {
    user: readUserId(user),
    before: before === undefined ? undefined : readTime(before),
    selector: selector ?? { functionName: functionName ?? "" },
  };
}

function parse(args: readonly string[]) {
  return parseOrUsageError(
    () =>
      parseArgs({
        args,
        options: {
          ...SELECTOR_OPTIONS,
          user: { type: "string" },
          before: { type: "string" },
          function: { type: "string" },
          help: { type: "boolean", default: false },
        },
      }).values,
  );
}

/** Parses a time. A time zone is required, because the operator and this machine may be in different ones. */
function readTime(text: string): number {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(time)) return time;
  throw new UsageError(`--before must be a time such as ${new Date(0).toISOString()}, not "${text}".`);
}

async function findFunction(
  selector: Arguments["selector"],
): Promise<{ options: ClientOptions; functionName: string }> {
  if ("functionName" in selector) return { options: {}, functionName: selector.functionName };
  const deployment = await findDeployment(selector);
  return {
    options: deployment.clientOptions("lambda"),
    functionName: outputOf(deployment, "SignOutFunctionName"),
  };
}

async function signOut({ user, before, selector }: Arguments): Promise<number> {
  const { options, functionName } = await findFunction(selector);
  const client = new LambdaClient(options);
  const payload = { user, ...(before !== undefined && { before }) };
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(payload)) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString("utf8") || "null") as {
    closed?: number;
    error?: { message: string };
    errorMessage?: string;
  } | null;
  // The function still knows the open connections, so the same command continues with them.
  if (FunctionError !== undefined)
    throw new Error(`the function failed, run the command again: ${answer?.errorMessage ?? FunctionError}`);
  if (answer?.error !== undefined) throw new Error(answer.error.message);
  return answer?.closed ?? 0;
}

await runCommand(USAGE, readArguments, async (args) => {
  try {
    const closed = await signOut(args);
    console.log(
      `${args.user} is signed out; ${closed} ${closed === 1 ? "connection" : "connections"} closed.`,
    );
    return 0;
  } catch (error) {
    const { message, name } = toDeploymentError(error, "lambda:InvokeFunction") ?? (error as Error);
    console.error(`Not signed out: ${message || name}`);
    return 1;
  }
});
