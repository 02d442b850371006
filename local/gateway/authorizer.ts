import type { AuthorizerContext, ConnectionFacts, WebSocketApi } from "./api.ts";
import { authorizerEvent } from "./events.ts";
import { integrate } from "./integration.ts";
import { policyAllows } from "./policy.ts";

export type Authorization = { readonly context: AuthorizerContext } | { readonly refused: 401 | 403 | 500 };

const IDENTITY_HEADER = /^route\.request\.header\.(.+)$/;

/** Runs the authorizer, as in https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
export async function authorize(api: WebSocketApi, facts: ConnectionFacts): Promise<Authorization> {
  // API Gateway does not call the function without the identity source.
  if (!hasIdentity(api, facts)) return { refused: 401 };
  const event = authorizerEvent(api, facts);
  let result: unknown;
  try {
    result = await integrate(api, api.authorizer.function, event);
  } catch (error) {
    if (error instanceof Error && error.message === "Unauthorized") return { refused: 401 };
    api.log(`the authorizer failed: ${String(error)}`);
    return { refused: 500 };
  }
  const { principalId, policyDocument, context = {} } = (result ?? {}) as Record<string, unknown>;
  const values = readContext({ ...(context as object), principalId });
  if (
    typeof principalId !== "string" ||
    typeof policyDocument !== "object" ||
    policyDocument === null ||
    !values
  ) {
    api.log("the authorizer must return a principalId, a policyDocument and a flat context, all of it ASCII");
    return { refused: 500 };
  }
  if (!policyAllows(policyDocument, event.methodArn)) return { refused: 403 };
  return { context: values };
}

function hasIdentity(api: WebSocketApi, { handshake }: ConnectionFacts): boolean {
  const header = IDENTITY_HEADER.exec(api.authorizer.identitySource)?.[1]?.toLowerCase();
  if (header === undefined)
    throw new Error(
      `identity source ${api.authorizer.identitySource} is not supported: use route.request.header.<name>`,
    );
  return Object.entries(handshake.headers).some(
    ([name, value]) => name.toLowerCase() === header && value !== "",
  );
}

/** Characters that reach the functions unchanged. AWS promises nothing for others, so here they are an error. */
const ASCII = /^[\x20-\x7e]*$/;

/** Returns strings, numbers and booleans as strings; undefined for objects and lists, which are an error on AWS too. */
function readContext(context: unknown): Record<string, string> | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const entries = Object.entries(context);
  if (!entries.every(([, value]) => ["string", "number", "boolean"].includes(typeof value))) return undefined;
  const texts = entries.map(([name, value]): [string, string] => [name, String(value)]);
  return texts.flat().every((text) => ASCII.test(text)) ? Object.fromEntries(texts) : undefined;
}
