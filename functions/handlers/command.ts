import { answerCommand, type CommandDeps } from "../core/command.ts";
import { frameId } from "../core/request.ts";
import { type AnswerDeps, answerRoute } from "./answer.ts";
import { requestSignal } from "./deadline.ts";
import { requestOf } from "./websocket-event.ts";

/** Handles the routes that read or move cursors. Those that rarely answer have no response. */
export function commandHandler(deps: CommandDeps & AnswerDeps) {
  return async (event: unknown) => {
    const request = requestOf(event);
    return deps.logger.about({ frames: [frameId(request)] }, async () => {
      const answer = await answerCommand(deps, request, requestSignal());
      return answerRoute(deps, event, request, answer);
    });
  };
}
