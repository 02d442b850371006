import type { IncomingMessage, ServerResponse } from "node:http";
import { SignJWT } from "jose";
import * as v from "valibot";
import { PersonId } from "../../protocol/index.ts";
import { readBody } from "../http/read-body.ts";
import type { RequestHandler } from "../http/server.ts";
import type { Clock } from "../util/clock.ts";
import { ALGORITHMS, type IssuerKeys } from "./keys.ts";

export const AUDIENCE = "parley-dev";
const DAY_SECONDS = 24 * 60 * 60;
const MAX_NAME_LENGTH = 128;
const MAX_BODY_BYTES = 16 * 1024;

/** Body of `POST /token`. Tests also request tokens that have expired already. */
const TokenRequest = v.strictObject({
  user: PersonId,
  name: v.optional(v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH))),
  expiresInSeconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(-DAY_SECONDS), v.maxValue(30 * DAY_SECONDS)),
    DAY_SECONDS,
  ),
  alg: v.optional(v.picklist(ALGORITHMS), "ES256"),
});

export interface IssuerOptions {
  /** The cloud's URL, and the `iss` of the tokens. */
  readonly url: string;
  readonly keys: IssuerKeys;
  readonly clock: Clock;
  /** Returns the WebSocket URL of a running gateway, which goes with the token. */
  readonly nextGatewayUrl: () => string | undefined;
}

/** Creates an OpenID Connect issuer for development: it gives everyone who can reach it a token for any user. */
export function createIssuer(options: IssuerOptions): RequestHandler {
  const { url, keys } = options;
  const discovery = {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    token_endpoint: `${url}/token`,
    response_types_supported: ["token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ALGORITHMS,
  };
  return async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", url);
    if (request.method === "GET" && pathname === "/.well-known/openid-configuration") {
      allowOrigin(request, response);
      sendJson(response, 200, discovery);
    } else if (request.method === "GET" && pathname === "/.well-known/jwks.json") {
      allowOrigin(request, response);
      sendJson(response, 200, { keys: keys.publicKeys });
    } else if (pathname === "/token") {
      await answerToken(options, request, response);
    } else return false;
    return true;
  };
}

async function answerToken(
  options: IssuerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  allowOrigin(request, response);
  if (request.method === "OPTIONS") {
    response.setHeader("Access-Control-Allow-Methods", "POST");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type");
    response.writeHead(204).end();
    return;
  }
  if (request.method !== "POST") return sendJson(response, 405, { message: "Use POST with a JSON body." });
  const parsed = await readTokenRequest(request);
  if (typeof parsed === "string") return sendJson(response, 400, { message: parsed });
  const url = options.nextGatewayUrl();
  if (url === undefined) return sendJson(response, 503, { message: "No gateway is running." });
  sendJson(response, 200, { ...(await mint(options, parsed)), url });
}

async function mint({ url, keys, clock }: IssuerOptions, request: v.InferOutput<typeof TokenRequest>) {
  const issuedAtSeconds = Math.floor(clock.now() / 1000);
  const expiresAtSeconds = issuedAtSeconds + request.expiresInSeconds;
  const { keyId, key } = keys.signing[request.alg];
  const token = await new SignJWT({ name: request.name })
    .setProtectedHeader({ alg: request.alg, kid: keyId, typ: "JWT" })
    .setIssuer(url)
    .setAudience(AUDIENCE)
    .setSubject(request.user)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(expiresAtSeconds)
    .sign(key);
  return { token, expiresAtMs: expiresAtSeconds * 1000 };
}

/** Returns the request, or a message that says what is wrong with it. */
async function readTokenRequest(
  request: IncomingMessage,
): Promise<v.InferOutput<typeof TokenRequest> | string> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return `The body may have at most ${MAX_BODY_BYTES} bytes.`;
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return 'The body must be JSON, for example {"user": "alice"}.';
  }
  const parsed = v.safeParse(TokenRequest, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  return `${v.getDotPath(issue) ?? "body"}: ${issue.message}`;
}

/** Lets the page read the response. Pages from elsewhere have been refused (`local/http/access.ts`). */
function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader("Vary", "Origin");
  response.setHeader("Access-Control-Allow-Origin", origin);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}
