import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientConfig } from "../../local/util/sdk.ts";
import { eventually } from "../support/eventually.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { connect, newUser, say } from "./support/target.ts";

const REGION = "eu-central-1";
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ presenceGraceSeconds: 0 });
});
afterAll(() => embedded.cloud.stop());

test("another service's queue that subscribes to one user's presence gets that and nothing else", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const { endpoints, resources } = embedded.cloud;
  const sqs = new SQSClient(clientConfig(endpoints.sqs, REGION));
  const sns = new SNSClient(clientConfig(endpoints.sns, REGION));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "someone-elses" }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const FilterPolicy = JSON.stringify({ type: ["presence.online", "presence.offline"], user: [alice] });
  await sns.send(
    new SubscribeCommand({
      TopicArn: resources.channels.outbound.topicArn,
      Protocol: "sqs",
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: "true", FilterPolicy },
    }),
  );
  const heard: { type: string; user: string }[] = [];
  const hear = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    heard.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
  };

  const atBob = await connect(embedded.target, bob);
  const atAlice = await connect(embedded.target, alice);
  await say(atAlice, bob, "hello");
  await atBob.close();
  await atAlice.close();
  await eventually(
    "both",
    async () => {
      await hear();
      return heard.some(({ type }) => type === "presence.offline");
    },
    { timeoutMs: 20_000 },
  );
  expect(heard.map(({ type, user }) => [type, user])).toEqual([
    ["presence.online", alice],
    ["presence.offline", alice],
  ]);
});
