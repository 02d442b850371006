import { DeploymentError } from "../deployment/deployment-error.ts";

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
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
 * Runs a command and sets the exit code: the result of `run`, 2 with the usage for a `UsageError`, 1 for any other
 * error. Errors that the operator can fix are printed without a stack trace.
 */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else console.error(error instanceof DeploymentError ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
