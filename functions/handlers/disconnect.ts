import { type LeaveDeps, leave } from "../core/presence/release-lease.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** `$disconnect`, which API Gateway sends as best effort: a lease it misses ends by its time or by a 410. */
export function disconnectHandler(deps: LeaveDeps) {
  return async (event: unknown) => {
    const { user, connection } = requestOf(event);
    await leave(deps, user, connection, requestSignal());
    return { statusCode: 200 };
  };
}
