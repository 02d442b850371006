import type { AddressInfo } from "node:net";
import { refusalOf } from "../../http/access.ts";
import { LOOPBACK } from "../../http/listen.ts";
import {
  buildApp,
  PersistenceManager,
  S3Store,
  SnsError,
  SnsStore,
  SqsError,
  snsErrorResponse,
} from "./fauxqs.ts";
import { QueueStore } from "./queue.ts";
import { answerSns, type Form } from "./sns-actions.ts";
import { answerSqs } from "./sqs-actions.ts";

type App = ReturnType<typeof buildApp>;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | string;
}

/** SNS and SQS on one port: fauxqs, with its lenient actions replaced by strict ones. */
export interface MessagingServer {
  readonly port: number;
  readonly queues: QueueStore;
  stop(): Promise<void>;
}

export async function startMessagingServer(options: {
  readonly region: string;
  /** @default none: data is in memory only */
  readonly dataDir: string | undefined;
}): Promise<MessagingServer> {
  const stores = { sqs: new QueueStore(), sns: new SnsStore() };
  const persistence = options.dataDir === undefined ? undefined : new PersistenceManager(options.dataDir);
  if (persistence !== undefined) restore(stores, persistence);
  const app = buildApp({
    logger: false,
    defaultRegion: options.region,
    stores: { sqsStore: stores.sqs, snsStore: stores.sns, s3Store: new S3Store() },
  });
  app.addHook("preClose", () => persistence?.close());
  rejectWebPages(app);
  answerStrictly(app, stores);
  correctErrorCodes(app);
  await app.listen({ port: 0, host: LOOPBACK });
  const { port } = app.server.address() as AddressInfo;
  return { port, queues: stores.sqs, stop: () => app.close() };
}

/** Loads before the stores persist: what is loaded would be written again. */
function restore({ sqs, sns }: { sqs: QueueStore; sns: SnsStore }, persistence: PersistenceManager): void {
  persistence.loadSqsAndSns(sqs, sns);
  sqs.persistence = persistence;
  sns.persistence = persistence;
  for (const queue of sqs.allQueues()) queue.persistence = persistence;
}

/** Cuts requests of web pages: otherwise a form post from any site could publish. */
function rejectWebPages(app: App): void {
  app.addHook("onRequest", async (request, reply) => {
    const refusal = refusalOf(request.raw, () => "none");
    if (refusal === undefined) return;
    reply.hijack();
    reply.raw.writeHead(refusal.status, { Connection: "close" }).end(refusal.message);
  });
}

/** Answers before the routes of fauxqs whatever they would answer too leniently. */
function answerStrictly(app: App, stores: { sqs: QueueStore; sns: SnsStore }): void {
  app.addHook("preHandler", async (request, reply) => {
    const { "x-amz-target": target, "content-type": type = "" } = request.headers;
    let answer: Answer | undefined;
    if (typeof target === "string") answer = sqsAnswer(target, request.body as object, stores.sqs);
    else if (type.includes("x-www-form-urlencoded")) answer = snsAnswer(request.body as Form, stores);
    if (answer !== undefined) return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}

/** Codes of the query protocol that begin with `AWS.SimpleQueueService.`, as the SDK knows them. fauxqs begins all so. */
const PREFIXED_CODES = new Set([
  "BatchEntryIdsNotDistinct",
  "BatchRequestTooLong",
  "EmptyBatchRequest",
  "InvalidBatchEntryId",
  "MessageNotInflight",
  "NonExistentQueue",
  "TooManyEntriesInBatchRequest",
]);

/** Makes the SDK throw the class that it throws on AWS: it goes by this header, not by the body. */
function correctErrorCodes(app: App): void {
  app.addHook("onSend", async (_request, reply) => {
    const header = reply.getHeader("x-amzn-query-error");
    const [, code = "", fault] = /^AWS\.SimpleQueueService\.(\w+);(\w+)$/.exec(String(header)) ?? [];
    if (fault === undefined || PREFIXED_CODES.has(code)) return;
    const plain = code === "QueueNameExists" ? "QueueAlreadyExists" : code;
    reply.header("x-amzn-query-error", `${plain};${fault}`);
  });
}

const JSON_PROTOCOL = { "content-type": "application/x-amz-json-1.0" };

function sqsAnswer(target: string, input: object, queues: QueueStore): Answer | undefined {
  try {
    const body = answerSqs(target.replace("AmazonSQS.", ""), input as Record<string, unknown>, queues);
    return body && { status: 200, headers: JSON_PROTOCOL, body: JSON.stringify(body) };
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    const headers = { ...JSON_PROTOCOL, "x-amzn-query-error": error.queryErrorHeader };
    return { status: error.statusCode, headers, body: JSON.stringify(error.toJSON()) };
  }
}

function snsAnswer(form: Form, stores: { sqs: QueueStore; sns: SnsStore }): Answer | undefined {
  const headers = { "content-type": "text/xml" };
  try {
    const body = answerSns(form, stores);
    return body === undefined ? undefined : { status: 200, headers, body };
  } catch (error) {
    if (!(error instanceof SnsError)) throw error;
    return { status: error.statusCode, headers, body: snsErrorResponse(error.code, error.message) };
  }
}
