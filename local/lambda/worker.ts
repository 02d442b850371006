/** Runs in a worker thread: loads one bundle and answers invocations of it, one at a time. */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { Context } from "aws-lambda";
import { ACCOUNT } from "../util/sdk.ts";
import { describeFailure } from "./failure.ts";
import type { InvokeMessage, WorkerMessage, WorkerSetup } from "./messages.ts";

type Handler = (event: unknown, context: Context) => unknown;
type LambdaContext = Omit<Context, "done" | "fail" | "succeed">;

const setup = workerData as WorkerSetup;
const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread");

const systemNow = Date.now.bind(Date);
Date.now = () => systemNow() + Number(Atomics.load(setup.clockOffset, 0));

const handler = await loadHandler();
port.on("message", (message: InvokeMessage) => answer(message).then(post));
post({ type: "ready" });

function post(message: WorkerMessage): void {
  port?.postMessage(message);
}

async function loadHandler(): Promise<Handler> {
  const bundle = (await import(pathToFileURL(setup.bundle).href)) as { handler?: unknown };
  if (typeof bundle.handler !== "function") throw new Error(`${setup.bundle} exports no function "handler"`);
  return bundle.handler as Handler;
}

async function answer({ requestId, eventJson, timeoutMs }: InvokeMessage): Promise<WorkerMessage> {
  try {
    const result = await handler(JSON.parse(eventJson), context(requestId, timeoutMs) as Context);
    return { type: "result", resultJson: JSON.stringify(result) ?? "null" };
  } catch (error) {
    return { type: "failure", failure: describeFailure(error) };
  }
}

/** The context of an invocation. Lambda's Node runtime no longer has `done`, `fail` and `succeed`. */
function context(requestId: string, timeoutMs: number): LambdaContext {
  const startedAt = performance.now();
  const { functionName, region, memoryMb } = setup;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${region}:${ACCOUNT}:function:${functionName}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(timeoutMs - (performance.now() - startedAt))),
  };
}
