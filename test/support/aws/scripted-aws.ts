import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished, vi } from "vitest";

/** One call of an AWS service that speaks JSON (Cognito, DynamoDB) or forms (CloudFormation). */
export interface ScriptedCall {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An error by its code. `fields` are the others of its JSON. */
interface ScriptedError {
  readonly error: string;
  readonly message?: string;
  readonly fields?: object;
}

/** An answer: an error, a JSON value, or XML as text. */
export type ScriptedAnswer = ScriptedError | string | object;

export interface ScriptedAws {
  readonly url: string;
  readonly calls: ScriptedCall[];
}

/**
 * Starts a server that stands in for all of AWS through `AWS_ENDPOINT_URL` until the test ends. It answers with the
 * result of `answer`.
 */
export async function scriptedAws(answer: (call: ScriptedCall) => ScriptedAnswer): Promise<ScriptedAws> {
  const calls: ScriptedCall[] = [];
  const server = createServer(async (request, response) => {
    const call = readCall(request, (await buffer(request)).toString("utf8"));
    calls.push(call);
    const result = answer(call);
    const json = request.headers["x-amz-target"] !== undefined;
    if (typeof result === "string") response.writeHead(200, { "Content-Type": "text/xml" }).end(result);
    else if ("error" in result) {
      const { error, message = error, fields = {} } = result as ScriptedError;
      response.writeHead(400);
      response.end(
        json
          ? JSON.stringify({ __type: error, message, ...fields })
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    } else response.writeHead(200).end(JSON.stringify(result));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return { url, calls };
}

function readCall({ headers }: IncomingMessage, body: string): ScriptedCall {
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    return { action: target.split(".").at(-1) ?? "", input: JSON.parse(body) as Record<string, unknown> };
  }
  const { Action = "", ...input } = Object.fromEntries(new URLSearchParams(body));
  return { action: Action, input };
}
