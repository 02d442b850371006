import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, skipped } from "./check-result.ts";

const CHECK = "stack";

/** Checks that the last deployment succeeded. */
export function checkStack({ kind, name, state }: Deployment): CheckResult {
  if (kind === "embedded") return skipped(CHECK, "an embedded cloud has no stack");
  if (state === undefined) return skipped(CHECK, "its outputs came from a file");
  const { status, reason } = state;
  const detail = `${name} is ${status}${reason === undefined ? "" : ` (${reason})`}`;
  if (status.includes("ROLLBACK")) {
    return failed(
      CHECK,
      detail,
      "The last deployment failed and was rolled back; the previous version is running. The stack's events say why.",
    );
  }
  if (status.endsWith("IN_PROGRESS")) {
    return failed(CHECK, detail, "A deployment is in progress: run the doctor again when it is done.");
  }
  return passed(CHECK, detail);
}
