import * as v from "valibot";
import { ConversationId, PersonId } from "../../protocol/index.ts";
import { type EraseDeps, eraseUser } from "../core/erase/erase-user.ts";
import type { EraseResult } from "../ports/erasure.ts";

/** Time after which a call answers where it is; the function's timeout is 60 s. */
const BUDGET_MS = 40_000;
const DEADLINE_MS = 55_000;

const Payload = v.strictObject({
  user: PersonId,
  dryRun: v.optional(v.boolean()),
  cursor: v.optional(
    v.strictObject({
      conversation: ConversationId,
      seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    }),
  ),
});

export type EraseAnswer =
  | EraseResult
  | { readonly error: { readonly code: "malformed"; readonly message: string } };

/**
 * Handles an invocation with `{user, cursor?, dryRun?}`. IAM decides who may invoke it; no route leads here. An answer with
 * `done: false` has a `cursor` for the next call, or none if the next call begins again.
 */
export function eraseHandler(deps: EraseDeps) {
  return async (payload: unknown): Promise<EraseAnswer> => {
    const parsed = v.safeParse(Payload, payload);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      const message = `${v.getDotPath(issue) ?? "payload"}: not as expected`;
      return { error: { code: "malformed", message } };
    }
    const untilMs = deps.now() + BUDGET_MS;
    return eraseUser(deps, { ...parsed.output, untilMs }, AbortSignal.timeout(DEADLINE_MS));
  };
}
