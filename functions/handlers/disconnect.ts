import { type ReleaseLeaseDeps, releaseLease } from "../core/presence/release-lease.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/**
 * Handles `$disconnect`, which API Gateway sends as best effort. A lease it misses ends when it expires, or by a 410.
 */
export function disconnectHandler(deps: ReleaseLeaseDeps) {
  return async (event: unknown) => {
    const { user, connection } = requestOf(event);
    await releaseLease(deps, user, connection, requestSignal());
    return { statusCode: 200 };
  };
}
