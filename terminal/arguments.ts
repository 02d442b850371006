import { parseArgs } from "node:util";
import { DEFAULT_PORT } from "../local/default-port.ts";
import { readWhere, WHERE_OPTIONS, type Where } from "../ops/deployment/where.ts";

export const USAGE = `Usage: npm run chat -- <user> [options]

  <user>                 who you are: on the embedded cloud anyone, elsewhere a user of the deployment
  --to <user>            whom to talk to; /to chooses later
  --help                 this text

The embedded cloud of npm start, unless told otherwise:
  --port <number>        its port on this machine (default ${DEFAULT_PORT})
  --server <url>         one elsewhere, for example http://127.0.0.1:${DEFAULT_PORT}

A deployment:
  --env <name>           the stack parley-<name>, in the account and region of your AWS settings
  --stack <name>         a stack with another name
  --outputs <file>       what \`cdk deploy --outputs-file\` wrote: needs no AWS settings
  --url <url>            another WebSocket URL than the stack's, or without a stack: wss://…
  --sign-up              be a new user, where the user pool lets people sign up
  --token-command <cmd>  how to get a token of another issuer: prints it, and is run for every connection
  --user-claim <name>    the claim of that token that is the user id (default the stack's, without a stack sub)

Passwords are asked for, or are in PARLEY_PASSWORD. With input from a pipe, every line is a message; it exits when all
of them are acknowledged.`;

/** A stack, and what is not to be as it says. */
export interface DeployedParley {
  readonly where: Where;
  readonly url: string | undefined;
  readonly tokenCommand: string | undefined;
  readonly userClaim: string | undefined;
  readonly signUp: boolean;
}

/** Where to chat, and by what right. */
type Parley =
  /** An embedded cloud, without a slash at the end. */
  | { readonly server: string }
  | DeployedParley
  /** No stack to ask. */
  | {
      readonly where: undefined;
      readonly url: string;
      readonly tokenCommand: string;
      readonly userClaim: string | undefined;
    };

export interface ChatArguments {
  readonly user: string;
  readonly to: string | undefined;
  readonly parley: Parley;
}

export type Parsed = { readonly run: ChatArguments } | { readonly help: true } | { readonly wrong: string };

export function parseArguments(argv: readonly string[]): Parsed {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    // parseArgs explains at length how to pass such a value as a positional; the first sentence is enough.
    return { wrong: (error as Error).message.split(". ")[0] ?? "" };
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  const [user, ...more] = positionals;
  if (user === undefined || user === "") return { wrong: "Who are you? Name a user" };
  if (more.length > 0) return { wrong: `One user only, not also '${more.join(" ")}'` };
  const parley = readParley(values);
  return typeof parley === "string"
    ? { wrong: parley }
    : { run: { user, to: values.to || undefined, parley } };
}

/** Which Parley is meant, or what is wrong with it. */
function readParley(values: ReturnType<typeof parse>["values"]): Parley | string {
  const where = readWhere(values);
  if (typeof where === "string") return where.replace(/\.$/, "");
  const { url, "token-command": tokenCommand, "user-claim": userClaim, "sign-up": signUp = false } = values;
  if (where === undefined && url === undefined) {
    if (tokenCommand !== undefined || userClaim !== undefined || signUp) {
      return "Say which deployment: --env, --stack, --outputs or --url";
    }
    return readServer(values);
  }
  if (values.port !== undefined || values.server !== undefined)
    return "Either a deployment, or --port or --server";
  if (url !== undefined && (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))) {
    return `'${url}' is no ws:// or wss:// URL`;
  }
  if (signUp && tokenCommand !== undefined) return "Either --sign-up or --token-command";
  if (where !== undefined) return { where, url, tokenCommand, userClaim, signUp };
  if (url === undefined || tokenCommand === undefined) return "--url alone needs --token-command";
  return { where, url, tokenCommand, userClaim };
}

function readServer(values: ReturnType<typeof parse>["values"]): Parley | string {
  if (values.port !== undefined && values.server !== undefined) return "Either --port or --server";
  const port = values.port ?? String(DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `'${port}' is no port`;
  const server = values.server ?? `http://127.0.0.1:${port}`;
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    return `'${server}' is no http:// or https:// URL`;
  }
  return { server: server.replace(/\/+$/, "") };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      env: WHERE_OPTIONS.env,
      stack: WHERE_OPTIONS.stack,
      outputs: WHERE_OPTIONS.outputs,
      url: { type: "string" },
      "sign-up": { type: "boolean" },
      "token-command": { type: "string" },
      "user-claim": { type: "string" },
      to: { type: "string" },
      port: { type: "string" },
      server: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}
