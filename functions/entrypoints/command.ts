import { FUNCTIONS, respondingRoutes } from "../../wiring/manifest.ts";
import { DynamoAbuseCounter } from "../adapters/dynamodb/abuse-counter.ts";
import { DynamoConversationLog } from "../adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../adapters/dynamodb/watches.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { SnsOutboundTopic } from "../adapters/sns/topics.ts";
import { UnitMeter } from "../core/connections/flood-penalty.ts";
import { connectionBudgets, connectionWatchRate } from "../core/connections/frame-budget.ts";
import { LogEnds } from "../core/receipts/log-ends.ts";
import { ReceiptPace } from "../core/receipts/receipt-pace.ts";
import { Throttle } from "../core/shared/rate-limit.ts";
import { commandHandler } from "../handlers/command.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.command.env);
const { table, epochFloor, managementEndpoint, outboundTopicArn } = environment;
/** Clients send `typing` about every three seconds. */
const TYPING_INTERVAL_MS = 2_000;

const client = documentClient();
const sns = snsClient();
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  commandHandler({
    log: new DynamoConversationLog(client, table),
    inbox: new DynamoInbox(client, table),
    leases: new DynamoLeases(client, table),
    abuse: new DynamoAbuseCounter(client, table),
    budgets: connectionBudgets(),
    meter: new UnitMeter(),
    connections: connections(managementEndpoint, log, metrics),
    receiptPace: new ReceiptPace(),
    typingThrottle: new Throttle(TYPING_INTERVAL_MS),
    logEnds: new LogEnds(),
    outbound: new SnsOutboundTopic(sns, outboundTopicArn),
    watches: new DynamoWatches(client, table),
    watchRate: connectionWatchRate(),
    presence: new SnsPresenceTopic(sns, outboundTopicArn),
    epochFloor,
    now: Date.now,
    respondingRoutes: respondingRoutes(),
    logger: log,
    metrics,
  }),
);
