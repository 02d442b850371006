import { encodeFrame, type ServerFrame } from "../../protocol/index.ts";
import type { Request } from "../core/request.ts";
import type { Connections } from "../ports/connections.ts";
import { POST_TIMEOUT_MS } from "./deadline.ts";
import { routeOf } from "./websocket-event.ts";

export interface AnswerDeps {
  readonly connections: Connections;
  /** Keys of the routes that send the function's body back on the connection. */
  readonly respondingRoutes: ReadonlySet<string>;
}

interface RouteResult {
  readonly statusCode: 200;
  readonly body?: string;
}

/**
 * Returns the result of a route's function. The answer is its body, which saves a call, if the route has a response;
 * otherwise it is posted.
 */
export async function answerRoute(
  { connections, respondingRoutes }: AnswerDeps,
  event: unknown,
  { connection }: Request,
  answer: ServerFrame | undefined,
): Promise<RouteResult> {
  if (answer === undefined) return { statusCode: 200 };
  if (respondingRoutes.has(routeOf(event))) return { statusCode: 200, body: encodeFrame(answer) };
  await connections.post(connection, answer, AbortSignal.timeout(POST_TIMEOUT_MS));
  return { statusCode: 200 };
}
