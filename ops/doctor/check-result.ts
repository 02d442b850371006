import { toDeploymentError } from "../../deployment/aws-error.ts";

/** One line of the report. `skipped` means not checked, with the reason in `detail`; it does not mean that all is well. */
export interface CheckResult {
  readonly check: string;
  readonly state: "ok" | "wrong" | "skipped";
  readonly detail: string;
  /** Next step for the operator, if the check failed. */
  readonly todo?: string;
  /** Duration, if it is of interest. */
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

/** Runs a check and turns an error into a result. `action` is the permission it needs, such as `sqs:GetQueueAttributes`. */
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
      return [skipped(check, `${failure.message} docs/deploy.md lists the permissions the doctor needs.`)];
    }
    return [
      failed(check, failure?.message ?? errorLine(error), "Fix this first, then run the doctor again."),
    ];
  }
}

/** Formats an error in one line, with the cause that fetch and the SDK hide behind "failed". */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name, cause } = error;
  const own = message || name;
  return cause instanceof Error && cause.message ? `${own}: ${cause.message}` : own;
}
