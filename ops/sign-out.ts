/** `npm run sign-out -- --env prod --user alice`: closes a user's connections and refuses the tokens that opened them. */
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
import { parseOrUsageError, runCommand, UsageError } from "./command.ts";

const USAGE = `Usage: npm run sign-out -- --user <id> <where> [options]

Where, one of
${SELECTOR_USAGE}
  --function <name>    the function itself, SignOutFunctionName of the stack's outputs: needs no CloudFormation

  --user <id>          whom to sign out
  --before <ISO time>  only what tokens issued before then have opened (default now)
  --help               show this
`;

interface Arguments {
  readonly user: string;
  readonly before: number | undefined;
  readonly selector: DeploymentSelector | { readonly functionName: string };
}

function readArguments(args: string[]): Arguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { user, before, function: functionName } = values;
  if (user === undefined || user === "") throw new UsageError("Whom? --user is missing.");
  const selector = parseSelector(values);
  if (typeof selector === "string") throw new UsageError(selector);
  if ((selector === undefined) === (functionName === undefined)) {
    throw new UsageError("Say where: --env, --stack, --outputs, --local or --function.");
  }
  return {
    user,
    before: before === undefined ? undefined : readTime(before),
    selector: selector ?? { functionName: functionName ?? "" },
  };
}

function parse(args: string[]) {
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

/** With a zone: whoever signs a user out may sit in another one than whoever set this machine's. */
function readTime(text: string): number {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(time)) return time;
  throw new UsageError(`--before is a time such as ${new Date(0).toISOString()}, not "${text}".`);
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
  // What was not closed is still known: the same command goes on with it.
  if (FunctionError !== undefined)
    throw new Error(`it failed, and can be repeated: ${answer?.errorMessage ?? FunctionError}`);
  if (answer?.error !== undefined) throw new Error(answer.error.message);
  return answer?.closed ?? 0;
}

await runCommand(USAGE, async () => {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") {
    console.log(USAGE);
    return 0;
  }
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
