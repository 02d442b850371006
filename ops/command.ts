import { DeploymentError } from "../deployment/deployment-error.ts";

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `parseArgs` throws, as a usage error. */
export function parseOrUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Runs a command to its exit code: what `run` returns, 2 with the usage for a UsageError, 1 for all else. What the
 * operator can do something about comes without a stack trace.
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
