import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, skipped } from "./check-result.ts";

const CHECK = "stack";

/** Was the last deployment finished? */
export function checkStack({ kind, name, state }: Deployment): CheckResult {
  if (kind === "embedded") return skipped(CHECK, "an embedded cloud has none");
  if (state === undefined) return skipped(CHECK, "its outputs came from a file");
  const { status, reason } = state;
  const detail = `${name} is ${status}${reason === undefined ? "" : ` (${reason})`}`;
  if (status.includes("ROLLBACK")) {
    return failed(
      CHECK,
      detail,
      "The last deployment failed and was undone: the stack's events say why. What runs is what ran before it.",
    );
  }
  if (status.endsWith("IN_PROGRESS")) {
    return failed(CHECK, detail, "It is being deployed: ask again when that is done.");
  }
  return passed(CHECK, detail);
}
