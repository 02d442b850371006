import { FUNCTIONS } from "../../wiring/manifest.ts";
import { DynamoLeases } from "../adapters/dynamo-leases.ts";
import { SnsPresenceTopic } from "../adapters/sns-presence.ts";
import { disconnectHandler } from "../handlers/disconnect.ts";
import { documentClient } from "./clients/dynamodb.ts";
import { snsClient } from "./clients/sns.ts";
import { readEnvironment } from "./environment.ts";

const environment = readEnvironment(FUNCTIONS.disconnect.env);

export const handler = disconnectHandler({
  leases: new DynamoLeases(documentClient(), environment.table),
  presence: new SnsPresenceTopic(snsClient(), environment.outboundTopicArn),
  now: Date.now,
});
