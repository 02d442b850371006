import type { Cloud } from "../cloud-options.ts";
import { DEFAULT_PORT } from "../default-port.ts";
import type { Arguments } from "./arguments.ts";

/** Text shown when the cloud is ready. */
export function describeCloud(cloud: Cloud, args: Arguments): string {
  const { port } = new URL(cloud.url);
  const portOption = Number(port) === DEFAULT_PORT ? "" : ` --port ${port}`;
  const lines = [
    `Parley is running: ${cloud.url}`,
    "",
    "  Open it in two windows: sign in as alice in one, as bob in the other.",
    "",
    ...cloud.gateways.map(({ name, url }) => `  Gateway ${name}   ${url}`),
    `  Token       curl -s ${cloud.url}/token -d '{"user":"alice"}'`,
    "",
    "  Or chat in two other terminals:",
    `    npm run chat -- alice${portOption}`,
    `    npm run chat -- bob${portOption}`,
    "",
    args.dataDir === undefined ? "  Data        in memory, lost at the end" : `  Data        ${args.dataDir}`,
    describeLogs(args),
    ...(args.watch ? ["  Watching    functions/, protocol/, wiring/, client/src/ and web/"] : []),
    "",
    `  Stop it with Ctrl-C or kill ${process.pid}.`,
  ];
  return lines.join("\n");
}

function describeLogs({ dataDir, verbose }: Arguments): string {
  const file = dataDir === undefined ? "" : `${dataDir}/functions.log; `;
  return `  Logs        ${file}${verbose ? "everything" : "errors"} shown here`;
}

/**
 * Returns the text to show for a line that a function wrote, or undefined to show nothing. Functions log JSON; of an
 * error, a person first wants the message. A line that is not JSON was written by a crash.
 */
export function describeLogLine(functionName: string, line: string, verbose: boolean): string | undefined {
  const entry = verbose ? undefined : readJson(line);
  if (entry === undefined) return `${functionName} ${line}`;
  if (entry.level !== "ERROR" && entry.level !== "CRITICAL") return undefined;
  const cause = causeOf(entry);
  return `${functionName} error: ${String(entry.message)}${cause === undefined ? "" : ` (${cause})`}`;
}

/** Rules log the name of an error, or a reason; the runtime logs the error itself. */
function causeOf({ error, reason }: Record<string, unknown>): string | undefined {
  const message = typeof error === "object" ? (error as { message?: unknown } | null)?.message : error;
  const cause = message ?? reason;
  return cause === undefined ? undefined : String(cause);
}

/** A line that repeats within this time is not shown again. */
const REPEATED_WITHIN_MS = 30_000;

/**
 * Returns a filter that shows a line once and not its repetitions: a backlog may fail a hundred times for one reason. A
 * line that comes again later says how often it was left out.
 */
export function repetitionFilter(nowMs: () => number): (line: string) => string | undefined {
  const shown = new Map<string, { readonly untilMs: number; leftOut: number }>();
  return (line) => {
    const last = shown.get(line);
    if (last !== undefined && nowMs() < last.untilMs) {
      last.leftOut += 1;
      return undefined;
    }
    for (const [other, { untilMs }] of shown) if (untilMs <= nowMs()) shown.delete(other);
    shown.set(line, { untilMs: nowMs() + REPEATED_WITHIN_MS, leftOut: 0 });
    return last === undefined || last.leftOut === 0 ? line : `${line} (and ${last.leftOut} times before)`;
  };
}

function readJson(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
