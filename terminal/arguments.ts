import { parseArgs } from "node:util";

import { DEFAULT_PORT } from "../local/default-port.ts";

export const USAGE = `Usage: npm run chat -- <user> [options]

  <user>            who you are: alice, bob, anyone
  --to <user>       whom to talk to; /to chooses later
  --port <number>   port of a Parley on this machine (default ${DEFAULT_PORT})
  --server <url>    a Parley elsewhere, for example http://127.0.0.1:${DEFAULT_PORT}
  --help            this text

With input from a pipe, every line is a message; it exits when all of them are acknowledged.`;

export interface ChatArguments {
  readonly user: string;
  readonly to: string | undefined;
  /** Without a slash at the end. */
  readonly server: string;
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
  if (values.port !== undefined && values.server !== undefined) return { wrong: "Either --port or --server" };
  const port = values.port ?? String(DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return { wrong: `'${port}' is no port` };
  const server = values.server ?? `http://127.0.0.1:${port}`;
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    return { wrong: `'${server}' is no http:// or https:// URL` };
  }
  return { run: { user, to: values.to || undefined, server: server.replace(/\/+$/, "") } };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      to: { type: "string" },
      port: { type: "string" },
      server: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}
