import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { faultOf } from "../adapters/dynamodb/errors.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { SqsParking } from "../adapters/sqs/parking.ts";
import { SqsRecordQueue } from "../adapters/sqs/record-queue.ts";
import { HEAD_BYTES } from "../core/commit/head-write.ts";
import { deadLetterHandler } from "../handlers/dead-letter.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { sqsClient } from "./clients/sqs.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS["dead-letter"].env);
const client = documentClient();
const sns = snsClient();
const sqs = sqsClient();
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  deadLetterHandler({
    log: new DynamoConversationLog(client, environment.table),
    leases: new DynamoLeases(client, environment.table),
    connections: connections(environment.managementEndpoint, log, metrics),
    outbound: new SnsOutboundTopic(sns, environment.outboundTopicArn),
    presence: new SnsPresenceTopic(sns, environment.outboundTopicArn),
    queue: new SqsRecordQueue(sqs, environment.entriesDeadLetterQueueUrl),
    parking: new SqsParking(sqs, environment.parkedQueueUrl),
    inbox: new DynamoInbox(client, environment.table),
    epochFloor: environment.epochFloor,
    faultOf,
    headBytes: HEAD_BYTES,
    retentionSeconds: undefined,
    events: environment.events,
    now: Date.now,
    logger: log,
    metrics,
  }),
);
