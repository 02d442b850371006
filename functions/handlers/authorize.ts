import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import * as v from "valibot";
import { DeviceId, SUBPROTOCOL } from "../../protocol/index.ts";
import type { Log } from "../ports/log.ts";
import type { ConnectRefusal, Metrics } from "../ports/metrics.ts";
import { EXPIRED, type Tokens } from "../ports/tokens.ts";
import { contextOf, encodedUser } from "./websocket-event.ts";

export interface AuthorizeDeps {
  readonly tokens: Tokens;
  /** Origins whose pages may connect. Only browsers send an origin, so a request without one may connect too. */
  readonly allowedOrigins: ReadonlySet<string> | "any";
  readonly logger: Log;
  readonly metrics: Metrics;
}

/**
 * `$connect` authorizer: `Sec-WebSocket-Protocol: parley.v1, <token>`. A bad token is a Deny (the handshake fails
 * with 403), not a failure of the function. Unavailable keys are a failure (500), so that the client tries again.
 */
export function authorizeHandler({ tokens, allowedOrigins, logger, metrics }: AuthorizeDeps) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const token = tokenOf(event.headers ?? {});
    const origin = headerOf(event.headers ?? {}, "origin");
    const device = v.safeParse(v.optional(DeviceId), event.queryStringParameters?.device ?? undefined);
    const refuse = (reason: string, counted: ConnectRefusal) => {
      metrics.countBy("ConnectRefused", counted);
      logger.info("a connection was refused", { reason, connection: event.requestContext.connectionId });
      return policy("anonymous", "Deny", event.methodArn);
    };
    if (origin !== undefined && allowedOrigins !== "any" && !allowedOrigins.has(origin)) {
      return refuse("an origin that is not allowed", "bad_origin");
    }
    if (token === undefined) return refuse("no token beside the subprotocol", "no_token");
    if (!device.success) return refuse("not a device id", "bad_device");
    const identity = await tokens.verify(token);
    if ("refused" in identity) {
      return refuse(identity.refused, identity.refused === EXPIRED ? "expired_token" : "bad_token");
    }
    return {
      ...policy(encodedUser(identity.user), "Allow", event.methodArn),
      context: contextOf(identity, device.output),
    };
  };
}

type Headers = Record<string, string | undefined>;

/** Finds a header; names come in the client's spelling. */
function headerOf(headers: Headers, headerName: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === headerName)?.[1];
}

function tokenOf(headers: Headers): string | undefined {
  const value = headerOf(headers, "sec-websocket-protocol") ?? "";
  const [subprotocol, token, ...more] = value.split(",").map((part) => part.trim());
  return subprotocol === SUBPROTOCOL && token && more.length === 0 ? token : undefined;
}

function policy(principalId: string, effect: "Allow" | "Deny", resource: string): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
    },
  };
}
