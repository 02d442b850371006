import { encodeFrame } from "../../protocol/index.ts";
import { answerCommand, type CommandDeps } from "../core/command.ts";
import { frameId } from "../core/request.ts";
import { POST_TIMEOUT_MS, requestSignal } from "./deadline.ts";
import { requestOf, routeOf } from "./websocket-event.ts";

/**
 * Handles the routes that read or move cursors. The answer is the route's response, which saves a call. Routes that
 * rarely answer have no response; their answers are posted.
 */
export function commandHandler(deps: CommandDeps & { responds: (routeKey: string) => boolean }) {
  return async (event: unknown) => {
    const request = requestOf(event);
    return deps.logger.about({ frames: [frameId(request)] }, async () => {
      const answer = await answerCommand(deps, request, requestSignal());
      if (answer === undefined) return { statusCode: 200 };
      if (deps.responds(routeOf(event))) return { statusCode: 200, body: encodeFrame(answer) };
      await deps.connections.post(request.connection, answer, AbortSignal.timeout(POST_TIMEOUT_MS));
      return { statusCode: 200 };
    });
  };
}
