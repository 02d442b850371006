import type { WebSocketApi } from "./api.ts";
import type { Connection } from "./connection.ts";
import { messageEvent } from "./events.ts";
import { integrate } from "./integration.ts";
import { selectRoute } from "./route-selection.ts";

/** One message of a client: to the function of its route and, where the route has a response, back. Never rejects. */
export async function routeMessage(api: WebSocketApi, connection: Connection, text: string): Promise<void> {
  const routeKey = selectRoute(text, api.routeSelection, api.routes);
  const route = api.routes[routeKey];
  const event = messageEvent(api, connection.facts, routeKey, text);
  const { connectionId, requestId } = event.requestContext;
  const answerItself = (message: string) =>
    connection.post(JSON.stringify({ message, connectionId, requestId }));
  if (route === undefined) {
    answerItself("Forbidden");
    return;
  }
  try {
    const result = await integrate(api, route.function, event);
    if (!route.response) return;
    const body = (result as { body?: unknown } | null)?.body;
    if (typeof body !== "string" || body === "") return;
    if (Buffer.byteLength(body) > api.limits.messageBytes)
      throw new Error("the response is larger than a message");
    connection.post(body);
  } catch (error) {
    api.log(`route ${routeKey} of ${connectionId} failed: ${String(error)}`);
    answerItself("Internal server error");
  }
}
