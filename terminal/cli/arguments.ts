import { parseArgs } from "node:util";
import { parseSelector, SELECTOR_OPTIONS } from "../../deployment/selector.ts";
import { DEFAULT_PORT } from "../../local/default-port.ts";
import type { Parley } from "../access/access.ts";
import type { ChatTarget } from "../session/conversations.ts";

export interface SendTask {
  readonly target: ChatTarget;
  /** Text to send; undefined to read it from standard input. */
  readonly send: string | undefined;
  readonly json: boolean;
  readonly timeoutMs: number;
}

export interface TailTask {
  /** Undefined for all conversations. */
  readonly tail: ChatTarget | undefined;
  /** Entries after this sequence number are printed first. */
  readonly sinceSeq: number | undefined;
  readonly json: boolean;
}

interface ChatTask {
  /** Conversation to open; undefined for the list. */
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
    // Only the first sentence: parseArgs goes on to explain at length how to pass such a value as a positional.
    return { error: (error as Error).message.split(". ")[0] ?? "" };
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  const [user, ...more] = positionals.map((name) => name.normalize());
  if (user === undefined || user === "") return { error: "Name the user to chat as" };
  if (more.length > 0) return { error: `Name only one user, not also '${more.join(" ")}'` };
  const parley = readParley(values);
  if (typeof parley === "string") return { error: parley };
  const task = readTask(values);
  return typeof task === "string" ? { error: task } : { run: { user, parley, task } };
}

type Values = ReturnType<typeof parse>["values"];

/** Returns the task, or an error text. */
function readTask(values: Values): ChatArguments["task"] | string {
  const { send, tail = false, json = false, since, timeout } = values;
  const { plain = false, ephemeral = false } = values;
  const to = values.to?.normalize();
  const group = values.in?.normalize();
  if (to !== undefined && group !== undefined) return "Use either --to or --in";
  const target = to ? { user: to } : group ? { group } : undefined;
  if (send !== undefined && tail) return "Use either --send or --tail";
  if ((send !== undefined || tail) && plain) return "--plain cannot be combined with --send or --tail";
  if (timeout !== undefined && send === undefined) return "--timeout needs --send";
  if (since !== undefined && !(tail && target)) return "--since needs --tail and either --to or --in";
  if (send !== undefined) {
    if (target === undefined) return "--send needs --to <user> or --in <group>";
    if (!/^\d{1,6}$/.test(timeout ?? "1") || timeout === "0")
      return `--timeout must be a number of seconds, not '${timeout}'`;
    const timeoutMs = Number(timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    return { target, send: send === "-" ? undefined : send, json, timeoutMs };
  }
  if (tail) {
    if (since !== undefined && !/^\d{1,15}$/.test(since))
      return `--since must be a sequence number, not '${since}'`;
    return { tail: target, sinceSeq: since === undefined ? undefined : Number(since), json };
  }
  return json ? "--json needs --send or --tail" : { chat: target, plain, ephemeral };
}

const DEFAULT_TIMEOUT_SECONDS = 30;

/** Returns the Parley to connect to, or an error text. */
function readParley(values: Values): Parley | string {
  const selector = parseSelector(values);
  if (typeof selector === "string") return selector.replace(/\.$/, "");
  const { url, "token-command": tokenCommand, "user-claim": userClaim, "sign-up": signUp = false } = values;
  if (selector === undefined && url === undefined) {
    if (tokenCommand !== undefined || userClaim !== undefined || signUp) {
      return "Choose a deployment: --env, --stack, --outputs or --url";
    }
    return readServer(values);
  }
  if (values.port !== undefined || values.server !== undefined)
    return "Use either a deployment, or --port or --server";
  if (url !== undefined && (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))) {
    return `--url must be a ws:// or wss:// URL, not '${url}'`;
  }
  if (signUp && tokenCommand !== undefined) return "Use either --sign-up or --token-command";
  if (selector !== undefined) return { selector, url, tokenCommand, userClaim, signUp };
  if (url === undefined || tokenCommand === undefined) return "--url without a stack needs --token-command";
  return { selector, url, tokenCommand, userClaim };
}

function readServer(values: Values): Parley | string {
  if (values.port !== undefined && values.server !== undefined) return "Use either --port or --server";
  const port = values.port ?? String(DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `--port must be a port number, not '${port}'`;
  const server = values.server ?? `http://127.0.0.1:${port}`;
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    return `--server must be an http:// or https:// URL, not '${server}'`;
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
