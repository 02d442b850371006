import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import * as v from "valibot";
import { DeviceId, SUBPROTOCOL } from "../../protocol/index.ts";
import type { Log } from "../ports/log.ts";
import type { Tokens } from "../ports/tokens.ts";
import { contextOf } from "./websocket-event.ts";

/**
 * `$connect` authorizer: `Sec-WebSocket-Protocol: parley.v1, <token>`. A bad token is a Deny (the handshake
 * fails with 403), not a failure of the function; keys that cannot be had are a failure (500): try again.
 */
export function authorizeHandler({ tokens, logger }: { tokens: Tokens; logger: Log }) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const token = tokenOf(event.headers ?? {});
    const device = v.safeParse(v.optional(DeviceId), event.queryStringParameters?.device ?? undefined);
    const refuse = (reason: string) => {
      logger.info("a connection was refused", { reason, connection: event.requestContext.connectionId });
      return policy("anonymous", "Deny", event.methodArn);
    };
    if (token === undefined) return refuse("no token beside the subprotocol");
    if (!device.success) return refuse("not a device id");
    const identity = await tokens.verify(token);
    if ("refused" in identity) return refuse(identity.refused);
    return {
      ...policy(identity.user, "Allow", event.methodArn),
      context: contextOf(identity, device.output),
    };
  };
}

/** Header names come as the client wrote them. */
function tokenOf(headers: Record<string, string | undefined>): string | undefined {
  const value = Object.entries(headers).find(
    ([name]) => name.toLowerCase() === "sec-websocket-protocol",
  )?.[1];
  const [subprotocol, token, ...more] = (value ?? "").split(",").map((part) => part.trim());
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
