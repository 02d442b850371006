import { type AcceptDeps, acceptFrame } from "../core/ingest/accept.ts";
import { frameId } from "../core/request.ts";
import { POST_TIMEOUT_MS, requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** Handles the routes that change a conversation. They have no route response, so a refusal is posted. */
export function sendHandler(deps: AcceptDeps) {
  return async (event: unknown) => {
    const request = requestOf(event);
    return deps.logger.about({ frames: [frameId(request)] }, async () => {
      const refusal = await acceptFrame(deps, request, requestSignal());
      // A separate timeout: the frame's own may be the one that ran out.
      if (refusal !== undefined) {
        await deps.connections.post(request.connection, refusal, AbortSignal.timeout(POST_TIMEOUT_MS));
      }
      return { statusCode: 200 };
    });
  };
}
