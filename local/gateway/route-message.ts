import type { OpenConnection, WebSocketApi } from "./api.ts";
import { messageEvent } from "./events.ts";
import { integrate } from "./integration.ts";
import { selectRoute } from "./route-selection.ts";

/** Invokes the function of a message's route and sends its response back, if the route has one. Never rejects. */
export async function routeMessage(
  api: WebSocketApi,
  connection: OpenConnection,
  text: string,
): Promise<void> {
  const routeKey = selectRoute(text, api.routeSelection, api.routes);
  const route = api.routes[routeKey];
  const event = messageEvent(api, connection.facts, routeKey, text);
  const { connectionId, requestId } = event.requestContext;
  const postError = (message: string) =>
    connection.post(JSON.stringify({ message, connectionId, requestId }));
  if (!api.throttle.admits(routeKey)) {
    postError("Too Many Requests");
    return;
  }
  if (route === undefined) {
    postError("Forbidden");
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
    postError("Internal server error");
  }
}
