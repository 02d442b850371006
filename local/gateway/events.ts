import { randomBytes, randomUUID } from "node:crypto";
import { ACCOUNT } from "../util/sdk.ts";
import { API_ID, type ConnectionFacts, STAGE_NAME, type WebSocketApi } from "./api.ts";
import type { HandshakeRequest } from "./handshake-request.ts";

type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";

/** The context of https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
function requestContext(api: WebSocketApi, facts: ConnectionFacts, eventType: EventType, routeKey: string) {
  const now = api.clock.now();
  const requestId = randomUUID();
  const { sourceIp, userAgent, host } = facts.handshake;
  return {
    routeKey,
    eventType,
    requestId,
    extendedRequestId: requestId,
    requestTime: commonLogTime(now),
    requestTimeEpoch: now,
    messageDirection: "IN",
    stage: STAGE_NAME,
    connectedAt: facts.connectedAtMs,
    connectionId: facts.connectionId,
    domainName: host,
    apiId: API_ID,
    identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
    ...(facts.authorizer !== undefined && { authorizer: facts.authorizer }),
  };
}

function handshakeFields({ headers, multiValueHeaders, query, multiValueQuery }: HandshakeRequest) {
  return {
    headers,
    multiValueHeaders,
    ...(query !== undefined && {
      queryStringParameters: query,
      multiValueQueryStringParameters: multiValueQuery,
    }),
  };
}

export function authorizerEvent(api: WebSocketApi, facts: ConnectionFacts) {
  return {
    type: "REQUEST",
    methodArn: `arn:aws:execute-api:${api.region}:${ACCOUNT}:${API_ID}/${STAGE_NAME}/$connect`,
    ...handshakeFields(facts.handshake),
    stageVariables: {},
    requestContext: requestContext(api, facts, "CONNECT", "$connect"),
  };
}

export function connectEvent(api: WebSocketApi, facts: ConnectionFacts) {
  return {
    ...handshakeFields(facts.handshake),
    requestContext: requestContext(api, facts, "CONNECT", "$connect"),
    isBase64Encoded: false,
  };
}

export function messageEvent(api: WebSocketApi, facts: ConnectionFacts, routeKey: string, body: string) {
  return {
    requestContext: { ...requestContext(api, facts, "MESSAGE", routeKey), messageId: newMessageId() },
    body,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(
  api: WebSocketApi,
  facts: ConnectionFacts,
  end: { readonly statusCode: number; readonly reason: string },
) {
  const headers = { Host: facts.handshake.host };
  return {
    headers,
    multiValueHeaders: { Host: [facts.handshake.host] },
    requestContext: {
      ...requestContext(api, facts, "DISCONNECT", "$disconnect"),
      disconnectStatusCode: end.statusCode,
      disconnectReason: end.reason,
    },
    isBase64Encoded: false,
  };
}

function newMessageId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Formats `requestTime`: `22/Nov/2026:10:44:30 +0000`. */
function commonLogTime(epochMs: number): string {
  const time = new Date(epochMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
