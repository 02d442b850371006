import { parseArgs } from "node:util";
import { parseSelector, SELECTOR_OPTIONS } from "../../deployment/selector.ts";
import { DEFAULT_PORT } from "../../local/default-port.ts";
import type { Parley } from "../access/access.ts";
import type { ChatTarget } from "../session/conversations.ts";

export interface SendTask {
  readonly target: ChatTarget;
  /** Undefined: what stands on the standard input. */
  readonly send: string | undefined;
  readonly json: boolean;
  readonly timeoutMs: number;
}

export interface TailTask {
  /** Undefined: everywhere. */
  readonly tail: ChatTarget | undefined;
  /** First what came after it. */
  readonly sinceSeq: number | undefined;
  readonly json: boolean;
}

interface ChatTask {
  readonly chat: ChatTarget | undefined;
  readonly plain: boolean;
  readonly ephemeral: boolean;
}

export interface ChatArguments {
  readonly user: string;
  readonly parley: Parley;
  readonly task: ChatTask | SendTask | TailTask;
}

export type Parsed = { readonly run: ChatArguments } | { readonly help: true } | { readonly error: string };

export function parseArguments(argv: readonly string[]): Parsed {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    // parseArgs explains at length how to pass such a value as a positional; the first sentence is enough.
    return { error: (error as Error).message.split(". ")[0] ?? "" };
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  const [user, ...more] = positionals;
  if (user === undefined || user === "") return { error: "Who are you? Name a user" };
  if (more.length > 0) return { error: `One user only, not also '${more.join(" ")}'` };
  const parley = readParley(values);
  if (typeof parley === "string") return { error: parley };
  const task = readTask(values);
  return typeof task === "string" ? { error: task } : { run: { user, parley, task } };
}

type Values = ReturnType<typeof parse>["values"];

/** What is to be done, or what is wrong with it. */
function readTask(values: Values): ChatArguments["task"] | string {
  const { to, in: group, send, tail = false, json = false, since, timeout } = values;
  const { plain = false, ephemeral = false } = values;
  if (to !== undefined && group !== undefined) return "Either --to or --in";
  const target = to ? { user: to } : group ? { group } : undefined;
  if (send !== undefined && tail) return "Either --send or --tail";
  if ((send !== undefined || tail) && plain) return "--plain is for people, not with --send or --tail";
  if (timeout !== undefined && send === undefined) return "--timeout goes with --send";
  if (since !== undefined && !(tail && target)) return "--since goes with --tail and --to or --in";
  if (send !== undefined) {
    if (target === undefined) return "Send to whom? --to <user> or --in <group>";
    if (!/^\d{1,6}$/.test(timeout ?? "1") || timeout === "0") return `'${timeout}' is no number of seconds`;
    const timeoutMs = Number(timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    return { target, send: send === "-" ? undefined : send, json, timeoutMs };
  }
  if (tail) {
    if (since !== undefined && !/^\d{1,15}$/.test(since)) return `'${since}' is no number of a message`;
    return { tail: target, sinceSeq: since === undefined ? undefined : Number(since), json };
  }
  return json ? "--json goes with --send or --tail" : { chat: target, plain, ephemeral };
}

const DEFAULT_TIMEOUT_SECONDS = 30;

/** Which Parley is meant, or what is wrong with it. */
function readParley(values: Values): Parley | string {
  const selector = parseSelector(values);
  if (typeof selector === "string") return selector.replace(/\.$/, "");
  const { url, "token-command": tokenCommand, "user-claim": userClaim, "sign-up": signUp = false } = values;
  if (selector === undefined && url === undefined) {
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
  if (selector !== undefined) return { selector, url, tokenCommand, userClaim, signUp };
  if (url === undefined || tokenCommand === undefined) return "--url alone needs --token-command";
  return { selector, url, tokenCommand, userClaim };
}

function readServer(values: Values): Parley | string {
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
      env: SELECTOR_OPTIONS.env,
      stack: SELECTOR_OPTIONS.stack,
      outputs: SELECTOR_OPTIONS.outputs,
      url: { type: "string" },
      "sign-up": { type: "boolean" },
      "token-command": { type: "string" },
      "user-claim": { type: "string" },
      to: { type: "string" },
      in: { type: "string" },
      plain: { type: "boolean" },
      ephemeral: { type: "boolean" },
      send: { type: "string" },
      timeout: { type: "string" },
      tail: { type: "boolean" },
      since: { type: "string" },
      json: { type: "boolean" },
      port: { type: "string" },
      server: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}
