import { parseArgs } from "node:util";
import { INPUT_NAMES, INPUTS, type Traffic, trafficWith } from "./traffic.ts";

const flags = INPUT_NAMES.map((name) => {
  const { flag, value, description } = INPUTS[name];
  return `  --${flag} <${value}>`.padEnd(40) + description;
});

export const USAGE = `Usage: npm run bill -- [options]

Prints what a month costs at list prices, from units counted by test/cost. Defaults are in angle brackets; other
assumptions are in bench/cost/assumptions.ts and bench/simulation/services.ts.

${flags.join("\n")}

  --prices <file>                       prices of a region: a module like bench/cost/prices/us-east-1.ts (the default)
  --free-tier                           subtract the always-free tier
  --json                                print one object instead of a table
  --help                                show this
`;

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Arguments {
  readonly traffic: Traffic;
  readonly prices: string | undefined;
  readonly freeTier: boolean;
  readonly json: boolean;
}

export function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parseFlags(args);
  if (values.help) return "help";
  const overrides: Partial<Record<keyof Traffic, number>> = {};
  for (const name of INPUT_NAMES) {
    const text = values[INPUTS[name].flag];
    if (typeof text === "string") overrides[name] = readNumber(name, text);
  }
  const { prices, "free-tier": freeTier, json } = values;
  return {
    traffic: trafficWith(overrides),
    prices: typeof prices === "string" ? prices : undefined,
    freeTier: freeTier === true,
    json: json === true,
  };
}

function readNumber(name: keyof Traffic, text: string): number {
  const { flag, min, max, isWhole } = INPUTS[name];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const kind = isWhole ? "a whole number" : "a number";
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    throw new UsageError(`--${flag} must be ${kind} ${range}, not "${text}".`);
  }
  return value;
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(INPUT_NAMES.map((name) => [INPUTS[name].flag, { type: "string" as const }])),
        prices: { type: "string" },
        "free-tier": { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
