import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { CHANNELS } from "../../wiring/manifest.ts";
import type { EraseTarget } from "../e2e/erase.suite.ts";
import type { EventsTarget } from "../e2e/events.suite.ts";
import type { PresenceTarget } from "../e2e/presence.suite.ts";
import type { SignOutTarget } from "../e2e/sign-out.suite.ts";
import type { Ability } from "../e2e/support/target.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/process.ts";
import { Subscriber } from "../support/subscriber.ts";
import { apiAddress, isEmulated } from "./addresses.ts";
import type { Outputs } from "./outputs.ts";
import { drained, queuesNamed } from "./queues.ts";
import type { Users } from "./users.ts";

const LACKS: Readonly<Partial<Record<Ability, string>>> = {
  "expired tokens":
    "no issuer issues them on demand, and Cognito's tokens live at least five minutes; tested on the embedded cloud",
  "message.committed": "no environment publishes it by default; tested on the embedded cloud",
  ...(isEmulated && { "frame limits": "emulators accept frames of any size; tested on the embedded cloud" }),
};

/** Returns a deployed stack as a target of the suites. Region, credentials and endpoint come from the environment, as for the AWS CLI. */
export function deployedTarget(
  stack: string,
  outputs: Outputs,
  users: Users,
): EraseTarget & EventsTarget & PresenceTarget & SignOutTarget {
  const [sns, sqs, lambda] = [new SNSClient({}), new SQSClient({}), new LambdaClient({})];
  return {
    urls: [apiAddress(outputs.WebSocketUrl)],
    mintToken: (user) => users.token(user),
    lacks: LACKS,

    subscribe: (filterPolicy) => Subscriber.open({ sns, sqs }, outputs.OutboundTopicArn, filterPolicy),
    publish: (message) => sns.send(new PublishCommand({ TopicArn: outputs.EntriesTopicArn, ...message })),

    graceSeconds: Number(CHANNELS.presence.queueAttributes.DelaySeconds),
    now: Date.now,
    queuesEmpty: async () => {
      const queues = await queuesNamed(`${stack}-`);
      await drained(queues.filter((url) => !/DeadLetter|Parked/.test(url)));
    },

    // Written for each test, which removes it.
    get deployment() {
      return ["--outputs", outputsFile(stack, outputs)];
    },
    // The command has deleted the user of the pool.
    register: async (user) => users.deleted(user),
    everythingStored: async () => JSON.stringify(await allItems(outputs.TableName)),

    location: ["--function", outputs.SignOutFunctionName],
    invoke: async (payload) => {
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: outputs.SignOutFunctionName, Payload: JSON.stringify(payload) }),
      );
      return JSON.parse(Payload?.transformToString() ?? "null");
    },
    nextSecond: async () => {
      const second = Math.floor(Date.now() / 1_000);
      await eventually("the next second", () => Math.floor(Date.now() / 1_000) > second);
    },
  };
}

/** Writes a file with the outputs of this stack alone. */
function outputsFile(stack: string, outputs: Outputs): string {
  const file = join(temporaryFolder(), "outputs.json");
  writeFileSync(file, JSON.stringify({ [stack]: outputs }));
  return file;
}

async function allItems(table: string): Promise<unknown[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const pages = paginateScan({ client }, { TableName: table, ConsistentRead: true });
  const items: unknown[] = [];
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}
