import * as v from "valibot";
import type { Request } from "../core/request.ts";
import type { Identity } from "../ports/tokens.ts";

const NumberText = v.pipe(v.string(), v.transform(Number), v.number());

/** A user id in the authorizer's result. AWS documents no encoding for other characters, so only ASCII is passed. */
export function encodedUser(user: string): string {
  return encodeURIComponent(user);
}

/**
 * The authorizer's context as API Gateway passes it to every route: values are strings, absent ones are left out.
 * `contextOf` writes it, `Authorized` reads it.
 */
const Authorized = v.object({
  userId: v.pipe(v.string(), v.transform(decodeURIComponent)),
  expiresAtMs: NumberText,
  // Absent on a connection opened before the deployment that introduced it.
  issuedAtMs: v.optional(NumberText, "0"),
  deviceId: v.optional(v.string()),
});

export function contextOf(identity: Identity, device: string | undefined): Record<string, string> {
  return {
    userId: encodedUser(identity.user),
    expiresAtMs: String(identity.expiresAtMs),
    issuedAtMs: String(identity.issuedAtMs),
    ...(device !== undefined && { deviceId: device }),
  };
}

const RequestContext = v.object({
  connectionId: v.string(),
  connectedAt: v.number(),
  requestTimeEpoch: v.number(),
  messageId: v.optional(v.string(), ""),
  authorizer: Authorized,
});

const WebSocketEvent = v.object({
  requestContext: RequestContext,
  body: v.optional(v.string()),
  isBase64Encoded: v.optional(v.boolean()),
});

/** Reads an event of API Gateway as a request. Throws on anything else, which API Gateway never sends. */
export function requestOf(event: unknown): Request {
  const { requestContext, body, isBase64Encoded } = v.parse(WebSocketEvent, event);
  return {
    user: requestContext.authorizer.userId,
    connection: requestContext.connectionId,
    device: requestContext.authorizer.deviceId,
    messageId: requestContext.messageId,
    text: isBase64Encoded ? undefined : body,
    receivedAtMs: requestContext.requestTimeEpoch,
    connectedAtMs: requestContext.connectedAt,
    tokenExpiresAtMs: requestContext.authorizer.expiresAtMs,
    tokenIssuedAtMs: requestContext.authorizer.issuedAtMs,
  };
}

const RoutedEvent = v.object({ requestContext: v.object({ routeKey: v.string() }) });

/** Returns the route key that API Gateway chose. */
export function routeOf(event: unknown): string {
  return v.parse(RoutedEvent, event).requestContext.routeKey;
}
