import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoAccounts } from "../adapters/dynamodb/accounts.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../adapters/dynamodb/watches.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { HEAD_BYTES } from "../core/commit/head-write.ts";
import { eraseHandler } from "../handlers/erase.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.erase.env);
const { table } = environment;
const client = documentClient();
const sns = snsClient();
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  eraseHandler({
    log: new DynamoConversationLog(client, table),
    inbox: new DynamoInbox(client, table),
    leases: new DynamoLeases(client, table),
    watches: new DynamoWatches(client, table),
    accounts: new DynamoAccounts(client, table),
    connections: connections(environment.managementEndpoint, log, metrics),
    outbound: new SnsOutboundTopic(sns, environment.outboundTopicArn),
    presence: new SnsPresenceTopic(sns, environment.outboundTopicArn),
    epochFloor: environment.epochFloor,
    headBytes: HEAD_BYTES,
    // It begins no conversation.
    retentionSeconds: undefined,
    events: environment.events,
    now: Date.now,
    logger: log,
    metrics,
  }),
);
