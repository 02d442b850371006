import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SqsRecordQueue } from "../adapters/sqs/record-queue.ts";
import { presenceHandler } from "../handlers/presence.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { sqsClient } from "./clients/sqs.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.presence.env);
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  presenceHandler({
    leases: new DynamoLeases(documentClient(), environment.table),
    presence: new SnsPresenceTopic(snsClient(), environment.outboundTopicArn),
    queue: new SqsRecordQueue(sqsClient(), environment.presenceQueueUrl),
    now: Date.now,
    logger: log,
    metrics,
  }),
);
