import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoLeases } from "../adapters/dynamodb/leases.ts";
import { SnsPresenceTopic } from "../adapters/sns/presence-topic.ts";
import { disconnectHandler } from "../handlers/disconnect.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { readEnvironment } from "./environment.ts";
import { invocation } from "./telemetry.ts";

const environment = readEnvironment(FUNCTIONS.disconnect.env);
const { wrap } = invocation(environment.name);

export const handler = wrap(
  disconnectHandler({
    leases: new DynamoLeases(documentClient(), environment.table),
    presence: new SnsPresenceTopic(snsClient(), environment.outboundTopicArn),
    now: Date.now,
  }),
);
