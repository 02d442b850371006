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
  const cause = (entry.error as { message?: unknown } | undefined)?.message;
  return `${functionName} error: ${String(entry.message)}${cause === undefined ? "" : ` (${String(cause)})`}`;
}

function readJson(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
