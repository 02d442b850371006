import { type AcceptDeps, acceptFrame } from "../core/ingest/accept.ts";
import { frameId } from "../core/request.ts";
import { type AnswerDeps, answerRoute } from "./answer.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** Handles the routes that change a conversation. Those that only answer a refusal have no response. */
export function sendHandler(deps: AcceptDeps & AnswerDeps) {
  return async (event: unknown) => {
    const request = requestOf(event);
    return deps.logger.about({ frames: [frameId(request)] }, async () => {
      const answer = await acceptFrame(deps, request, requestSignal());
      return answerRoute(deps, event, request, answer);
    });
  };
}
