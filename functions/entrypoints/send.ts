import { FUNCTIONS, respondingRoutes } from "../../wiring/manifest.ts";
import { DynamoAbuseCounter } from "../adapters/dynamodb/abuse-counter.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsEntriesTopic } from "../adapters/sns/topics.ts";
import { SqsQueueDepth } from "../adapters/sqs/queue-depth.ts";
import { Admission } from "../core/ingest/admission.ts";
import { ConnectionRateLimit } from "../core/ingest/connection-rate-limit.ts";
import { sendHandler } from "../handlers/send.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { sqsClient } from "./clients/sqs.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.send.env);
const { table, entriesQueueUrls, admissionDepth, ingest } = environment;
const client = documentClient();
const sns = snsClient();
const { log, metrics, wrap } = invocation(environment.name);
const now = Date.now;

export const handler = wrap(
  sendHandler({
    entries: new SnsEntriesTopic(sns, environment.entriesTopicArn),
    buckets: new ConnectionRateLimit(),
    admission: new Admission({
      queueDepth: new SqsQueueDepth(sqsClient(), entriesQueueUrls),
      admissionDepth,
      now,
      logger: log,
    }),
    abuse: new DynamoAbuseCounter(client, table),
    leases: new DynamoLeases(client, table),
    connections: connections(environment.managementEndpoint, log, metrics),
    presence: new SnsPresenceTopic(sns, environment.outboundTopicArn),
    respondingRoutes: respondingRoutes(ingest),
    random: Math.random,
    now,
    logger: log,
    metrics,
  }),
);
