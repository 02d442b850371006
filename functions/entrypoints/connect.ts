import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { connectHandler } from "../handlers/connect.ts";
import { connections } from "./clients/connections.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.connect.env);
const { log, metrics, wrap } = invocation(environment.name);

export const handler = wrap(
  connectHandler({
    leases: new DynamoLeases(documentClient(), environment.table),
    presence: new SnsPresenceTopic(snsClient(), environment.outboundTopicArn),
    connections: connections(environment.managementEndpoint, log, metrics, { maxAttempts: 3 }),
    now: Date.now,
    logger: log,
    metrics,
  }),
);
