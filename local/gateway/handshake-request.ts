import type { IncomingMessage } from "node:http";

type Single = Record<string, string>;
type Multiple = Record<string, string[]>;

/** The parts of an opening handshake that events carry. */
export interface HandshakeRequest {
  readonly headers: Single;
  readonly multiValueHeaders: Multiple;
  /** Undefined when the URL has no query. */
  readonly query: Single | undefined;
  readonly multiValueQuery: Multiple | undefined;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly host: string;
}

export function readHandshake(request: IncomingMessage): HandshakeRequest {
  const multiValueHeaders: Multiple = {};
  // API Gateway passes header names on as the client spelled them.
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    add(multiValueHeaders, request.rawHeaders[at] ?? "", request.rawHeaders[at + 1] ?? "");
  }
  const multiValueQuery: Multiple = {};
  for (const [name, value] of new URL(request.url ?? "/", "http://gateway").searchParams) {
    add(multiValueQuery, name, value);
  }
  const hasQuery = Object.keys(multiValueQuery).length > 0;
  return {
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    query: hasQuery ? lastValues(multiValueQuery) : undefined,
    multiValueQuery: hasQuery ? multiValueQuery : undefined,
    sourceIp: request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
    userAgent: request.headers["user-agent"],
    host: request.headers.host ?? "",
  };
}

function add(target: Multiple, name: string, value: string): void {
  if (!Object.hasOwn(target, name)) target[name] = [];
  target[name]?.push(value);
}

function lastValues(values: Multiple): Single {
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1) ?? ""]));
}
