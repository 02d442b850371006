import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { faultOf } from "../adapters/dynamodb/errors.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoInvitations } from "../adapters/dynamodb/invitations.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { SqsRecordQueues } from "../adapters/sqs/record-queue.ts";
import { farReadRate } from "../core/commit/append.ts";
import { HEAD_BYTES } from "../core/commit/head-write.ts";
import { commitHandler } from "../handlers/commit.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { sqsClient } from "./clients/sqs.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.commit.env);
const SECONDS_PER_DAY = 24 * 60 * 60;

const client = documentClient();
const sns = snsClient();
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  commitHandler({
    log: new DynamoConversationLog(client, environment.table),
    leases: new DynamoLeases(client, environment.table),
    connections: connections(environment.managementEndpoint, log, metrics),
    outbound: new SnsOutboundTopic(sns, environment.outboundTopicArn),
    queues: new SqsRecordQueues(sqsClient(), environment.entriesQueueUrls),
    inbox: new DynamoInbox(client, environment.table),
    invitations: new DynamoInvitations(client, environment.table),
    presence: new SnsPresenceTopic(sns, environment.outboundTopicArn),
    epochFloor: environment.epochFloor,
    farReads: farReadRate(),
    headBytes: HEAD_BYTES,
    retentionSeconds: environment.retentionDays * SECONDS_PER_DAY || undefined,
    addsKnownOnly: environment.whoMayAdd === "known",
    faultOf,
    events: environment.events,
    now: Date.now,
    logger: log,
    metrics,
  }),
);
