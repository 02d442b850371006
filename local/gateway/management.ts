import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "../http/read-body.ts";
import { type OpenConnection, STAGE_NAME, type WebSocketApi } from "./api.ts";

const PATH = new RegExp(`^/${STAGE_NAME}/@connections/([^/]+)$`);

export function managementEndpoint(cloudUrl: string): string {
  return `${cloudUrl}/${STAGE_NAME}`;
}

/**
 * Answers requests of the `@connections` API, for connections on any gateway. Returns false for all other requests.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function handleManagement(
  api: WebSocketApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const id = PATH.exec(new URL(request.url ?? "/", "http://management").pathname)?.[1];
  if (id === undefined) return false;
  response.setHeader("x-amzn-RequestId", randomUUID());
  const connection = api.connections.get(decodeURIComponent(id));
  if (request.method === "POST") await post(api, connection, request, response);
  else if (connection === undefined) gone(response);
  else if (request.method === "GET") describe(connection, response);
  else if (request.method === "DELETE") {
    connection.close();
    response.writeHead(204).end();
  } else fail(response, 405, "MethodNotAllowedException", "POST, GET or DELETE");
  return true;
}

async function post(
  api: WebSocketApi,
  connection: OpenConnection | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, api.limits.messageBytes);
  if (body === undefined) return fail(response, 413, "PayloadTooLargeException", "The message is too large.");
  const text = body.toString("utf8");
  const result = api.interceptPost(connection, text, () => connection?.post(text) ?? "gone");
  if (result === "lost") return void response.destroy();
  if (result === "gone") return gone(response);
  if (result === "buffer full")
    return fail(response, 429, "LimitExceededException", "The client does not read.");
  response.writeHead(200).end();
}

function describe({ facts, lastActiveAtMs }: OpenConnection, response: ServerResponse): void {
  const { sourceIp, userAgent = "" } = facts.handshake;
  const body = {
    connectedAt: new Date(facts.connectedAtMs).toISOString(),
    identity: { sourceIp, userAgent },
    lastActiveAt: new Date(lastActiveAtMs).toISOString(),
  };
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function gone(response: ServerResponse): void {
  fail(response, 410, "GoneException", "Gone");
}

function fail(response: ServerResponse, status: number, errorType: string, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": errorType });
  response.end(JSON.stringify({ message }));
}
