import * as v from "valibot";
import { UserId } from "../../protocol/index.ts";
import type { DisconnectDeps } from "../core/connections/disconnect.ts";
import { signOut } from "../core/connections/sign-out.ts";
import { requestSignal } from "./deadline.ts";

/**
 * Allowance for clocks that differ. A time further ahead would lock the user out until then, and cannot be taken
 * back.
 */
const MAX_AHEAD_MS = 60_000;

const Payload = v.strictObject({
  user: UserId,
  before: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

export type SignOutResult =
  | { readonly closed: number }
  | { readonly error: { readonly code: "malformed"; readonly message: string } };

/**
 * Handles an invocation with `{user, before?}`, `before` in epoch milliseconds. IAM decides who may invoke it; no
 * route leads here.
 */
export function signOutHandler(deps: DisconnectDeps) {
  return async (payload: unknown): Promise<SignOutResult> => {
    const parsed = v.safeParse(Payload, payload);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      return malformed(`${v.getDotPath(issue) ?? "payload"}: not as expected`);
    }
    const nowMs = deps.now();
    const { user, before: beforeMs = nowMs } = parsed.output;
    if (beforeMs > nowMs + MAX_AHEAD_MS) return malformed("before: in the future");
    return { closed: await signOut(deps, { user, beforeMs }, requestSignal()) };
  };
}

function malformed(message: string): SignOutResult {
  return { error: { code: "malformed", message } };
}
