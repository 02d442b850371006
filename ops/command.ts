import * as v from "valibot";
import { DeploymentError } from "../deployment/deployment-error.ts";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  type SelectorValues,
} from "../deployment/selector.ts";
import { UserId } from "../protocol/index.ts";

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads a user id. Some keyboards and file systems do not write NFC, the only form of a user id. */
export function readUserId(text: string): string {
  const parsed = v.safeParse(UserId, text.normalize());
  if (parsed.success) return parsed.output;
  throw new UsageError(`${JSON.stringify(text)} is no user id: ${parsed.issues[0].message}.`);
}

/** Options of a command about one user of a deployment. */
export const USER_OPTIONS = {
  ...SELECTOR_OPTIONS,
  user: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export interface UserOfDeployment {
  readonly user: string;
  readonly selector: DeploymentSelector;
}

/** Reads the values of {@link USER_OPTIONS}. */
export function readUserOfDeployment(
  values: SelectorValues & { readonly user?: string | undefined },
): UserOfDeployment {
  if (values.user === undefined) throw new UsageError("Name the user with --user.");
  const selector = parseSelector(values);
  if (selector === undefined || typeof selector === "string") {
    throw new UsageError(selector ?? "Choose a deployment: --env, --stack, --outputs or --local.");
  }
  return { user: readUserId(values.user), selector };
}

/** Calls `parse` and converts what it throws, as `parseArgs` does, into a `UsageError`. */
export function parseOrUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads the arguments, runs a command and sets the exit code: the result of `run`, 0 with the usage if help is asked for,
 * 2 with the usage for a `UsageError`, 1 for any other error. Errors that the operator can fix are printed without a stack
 * trace.
 */
export async function runCommand<A>(
  usage: string,
  readArguments: (argv: readonly string[]) => A | "help",
  run: (args: A) => Promise<number>,
): Promise<void> {
  try {
    const args = readArguments(process.argv.slice(2));
    if (args === "help") console.log(usage);
    process.exitCode = args === "help" ? 0 : await run(args);
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else console.error(error instanceof DeploymentError ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
