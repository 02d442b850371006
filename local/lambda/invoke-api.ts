import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { readBody } from "../http/read-body.ts";
import type { RequestHandler } from "../http/server.ts";
import { InvocationError } from "./invocation-error.ts";

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
/** Lambda: "6 MB each for request and response (synchronous)". */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export interface InvokeApi {
  readonly functionNames: readonly string[];
  readonly invoke: (name: string, payload: unknown) => Promise<unknown>;
}

/**
 * Answers Lambda's Invoke, synchronous only, so that an operator's command works here as it does on AWS.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function createInvokeApi({ functionNames, invoke }: InvokeApi): RequestHandler {
  return async (request, response) => {
    const name = PATH.exec(new URL(request.url ?? "/", "http://lambda").pathname)?.[1];
    if (name === undefined || request.method !== "POST") return false;
    response.setHeader("x-amzn-RequestId", randomUUID());
    if (!functionNames.includes(decodeURIComponent(name))) {
      fail(response, 404, "ResourceNotFoundException", "There is no function with this name.");
    } else {
      const body = await readBody(request, MAX_PAYLOAD_BYTES);
      const payload = body === undefined ? undefined : readJson(body);
      if (payload === undefined)
        fail(response, 400, "InvalidRequestContentException", "The payload must be JSON.");
      else await answer(response, () => invoke(decodeURIComponent(name), payload.value));
    }
    return true;
  };
}

async function answer(response: ServerResponse, run: () => Promise<unknown>): Promise<void> {
  try {
    const result = await run();
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(result ?? null));
  } catch (error) {
    if (!(error instanceof InvocationError)) throw error;
    const { errorType, message: errorMessage, trace } = error;
    response.writeHead(200, { "Content-Type": "application/json", "X-Amz-Function-Error": "Unhandled" });
    response.end(JSON.stringify({ errorType, errorMessage, trace }));
  }
}

function readJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString("utf8")) as unknown };
  } catch {
    return undefined;
  }
}

function fail(response: ServerResponse, status: number, errorType: string, Message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": errorType });
  response.end(JSON.stringify({ Type: "User", Message }));
}
