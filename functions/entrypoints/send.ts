import { FUNCTIONS, respondingRoutes } from "../../wiring/manifest.ts";
import { DynamoAbuseCounter } from "../adapters/dynamodb/abuse-counter.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsEntriesTopic, SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { SqsQueueDepth } from "../adapters/sqs/queue-depth.ts";
import { farReadRate } from "../core/commit/append.ts";
import { DirectWriter } from "../core/commit/direct.ts";
import { HEAD_BYTES } from "../core/commit/head-write.ts";
import { RecentConversations } from "../core/commit/recent-conversations.ts";
import { UnitMeter } from "../core/connections/flood-penalty.ts";
import { connectionBudgets } from "../core/connections/frame-budget.ts";
import { Admission } from "../core/ingest/admission.ts";
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

const abuse = new DynamoAbuseCounter(client, table);
const leases = new DynamoLeases(client, table);
/** For refusals, and for the ends of connections. */
const posts = connections(environment.managementEndpoint, log, metrics, { maxAttempts: 3 });
const presence = new SnsPresenceTopic(sns, environment.outboundTopicArn);

/** Tries every call once: what fails is left to the queue, which has more time. */
function directWriter(): DirectWriter {
  const once = documentClient({ maxAttempts: 1 });
  return new DirectWriter({
    log: new DynamoConversationLog(once, table),
    inbox: new DynamoInbox(once, table),
    leases: new DynamoLeases(once, table),
    connections: connections(environment.managementEndpoint, log, metrics),
    outbound: new SnsOutboundTopic(sns, environment.outboundTopicArn),
    presence,
    recent: new RecentConversations(),
    epochFloor: environment.epochFloor,
    farReads: farReadRate(),
    headBytes: HEAD_BYTES,
    // Only conversations that exist are written to.
    retentionSeconds: undefined,
    events: environment.events,
    now,
    logger: log,
    metrics,
  });
}

export const handler = wrap(
  sendHandler({
    entries: new SnsEntriesTopic(sns, environment.entriesTopicArn),
    budgets: connectionBudgets(),
    meter: new UnitMeter(),
    admission: new Admission({
      queueDepth: new SqsQueueDepth(sqsClient(), entriesQueueUrls),
      admissionDepth,
      now,
      logger: log,
    }),
    direct: ingest === "direct" ? directWriter() : undefined,
    abuse,
    leases,
    connections: posts,
    presence,
    respondingRoutes: respondingRoutes(ingest),
    random: Math.random,
    now,
    logger: log,
    metrics,
  }),
);
