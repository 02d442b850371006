import { toDeploymentError } from "../../deployment/aws-error.ts";

/** One line of the report. `skipped`: not looked at, and why; that is not the same as being in order. */
export interface CheckResult {
  readonly check: string;
  readonly state: "ok" | "wrong" | "skipped";
  readonly detail: string;
  /** What to do, where something is wrong. */
  readonly todo?: string;
  /** How long it took, where that says something. */
  readonly ms?: number;
}

export const passed = (check: string, detail: string, ms?: number): CheckResult => ({
  check,
  state: "ok",
  detail,
  ...(ms !== undefined && { ms: Math.round(ms) }),
});

export const failed = (check: string, detail: string, todo: string): CheckResult => ({
  check,
  state: "wrong",
  detail,
  todo,
});

export const skipped = (check: string, detail: string): CheckResult => ({ check, state: "skipped", detail });

/** A call that failed is a finding too. `action`: the permission it takes, `sqs:GetQueueAttributes`. */
export async function runCheck(
  check: string,
  action: string,
  run: () => Promise<readonly CheckResult[]>,
): Promise<readonly CheckResult[]> {
  try {
    return await run();
  } catch (error) {
    const failure = toDeploymentError(error, action);
    if (failure?.code === "not_allowed") {
      return [skipped(check, `${failure.message} docs/deploy.md lists what the doctor needs.`)];
    }
    return [failed(check, failure?.message ?? errorLine(error), "Mend that first, then ask again.")];
  }
}

/** An error in one line, with the cause that fetch and the SDK hide behind "failed". */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name, cause } = error;
  const own = message || name;
  return cause instanceof Error && cause.message ? `${own}: ${cause.message}` : own;
}
