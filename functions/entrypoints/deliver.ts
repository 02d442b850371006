import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../adapters/dynamodb/watches.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { SqsRecordQueues } from "../adapters/sqs/record-queue.ts";
import { deliverHandler } from "../handlers/deliver.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { sqsClient } from "./clients/sqs.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.deliver.env);
const client = documentClient();
const sns = snsClient();
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  deliverHandler({
    log: new DynamoConversationLog(client, environment.table),
    leases: new DynamoLeases(client, environment.table),
    inbox: new DynamoInbox(client, environment.table),
    watches: new DynamoWatches(client, environment.table),
    outbound: new SnsOutboundTopic(sns, environment.outboundTopicArn),
    presence: new SnsPresenceTopic(sns, environment.outboundTopicArn),
    connections: connections(environment.managementEndpoint, log, metrics),
    queues: new SqsRecordQueues(sqsClient(), [environment.outboundQueueUrl, environment.noticesQueueUrl]),
    events: environment.events,
    now: Date.now,
    logger: log,
    metrics,
  }),
);
