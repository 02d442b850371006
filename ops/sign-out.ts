/** `npm run sign-out -- --user alice`: closes a user's connections and refuses the tokens that opened them. */
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";

const USAGE = `Usage: npm run sign-out -- --user <id> [options]

  --user <id>           whom to sign out
  --before <ISO time>   only what tokens issued before then have opened (default now)
  --function <name>     the deployed function, SignOutFunctionName of the stack's outputs (default sign-out)
  --endpoint-url <url>  another Lambda than AWS's: http://127.0.0.1:4510 for the one of \`npm start\`
  --help                show this
`;

class UsageError extends Error {}

interface Arguments {
  readonly user: string;
  readonly before: number | undefined;
  readonly functionName: string;
  readonly endpoint: URL | undefined;
}

function readArguments(args: string[]): Arguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { user, before, function: functionName, "endpoint-url": endpoint } = values;
  if (user === undefined || user === "") throw new UsageError("Whom? --user is missing.");
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new UsageError("--endpoint-url is a URL such as http://127.0.0.1:4510.");
  return {
    user,
    before: before === undefined ? undefined : readTime(before),
    functionName,
    endpoint: endpoint === undefined ? undefined : new URL(endpoint),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        user: { type: "string" },
        before: { type: "string" },
        function: { type: "string", default: "sign-out" },
        "endpoint-url": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** With a zone: whoever signs a user out may sit in another one than whoever set this machine's. */
function readTime(text: string): number {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(time)) return time;
  throw new UsageError(`--before is a time such as ${new Date(0).toISOString()}, not "${text}".`);
}

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

function clientConfig(endpoint: URL | undefined): LambdaClientConfig {
  if (endpoint === undefined) return {};
  if (!LOOPBACK_HOSTS.has(endpoint.hostname)) return { endpoint: endpoint.href };
  // The embedded cloud takes any: nobody needs an AWS profile for it, and nobody's goes there.
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return { endpoint: endpoint.href, region: "eu-central-1", credentials };
}

async function signOut({ user, before, functionName, endpoint }: Arguments): Promise<number> {
  const client = new LambdaClient(clientConfig(endpoint));
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

try {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") console.log(USAGE);
  else {
    const closed = await signOut(args);
    console.log(
      `${args.user} is signed out; ${closed} ${closed === 1 ? "connection" : "connections"} closed.`,
    );
  }
} catch (error) {
  const isUsage = error instanceof UsageError;
  const message = error instanceof Error ? error.message || error.name : String(error);
  console.error(isUsage ? `${message}\n\n${USAGE}` : `Not signed out: ${message}`);
  process.exitCode = isUsage ? 2 : 1;
}
