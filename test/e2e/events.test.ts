import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BackendMessageError, backendMessage } from "../../backend/index.ts";
import { EVENT_FAMILIES } from "../../functions/ports/events.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { Subscriber } from "../support/subscriber.ts";
import { type EventsTarget, eventsSuite } from "./events.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";

const REGION = "eu-central-1";
let embedded: Embedded;
let target: EventsTarget;

beforeAll(async () => {
  embedded = await startEmbedded({ events: EVENT_FAMILIES, presenceGraceSeconds: 1 });
  const { endpoints, resources } = embedded.cloud;
  const { entries, outbound } = resources.channels;
  const sns = new SNSClient(clientConfig(endpoints.sns, REGION));
  const sqs = new SQSClient(clientConfig(endpoints.sqs, REGION));
  target = {
    ...embedded.target,
    subscribe: (filterPolicy) => Subscriber.open({ sns, sqs }, outbound.topicArn, filterPolicy),
    publish: (message) => sns.send(new PublishCommand({ TopicArn: entries.topicArn, ...message })),
  };
});
afterAll(() => embedded.cloud.stop());

eventsSuite(() => target);

test("a message that breaks the protocol is refused before it is published", () => {
  const broken = { sender: "billing", to: { user: "alice" }, nowMs: 1 };
  expect(() => backendMessage({ ...broken, entries: [] })).toThrow(BackendMessageError);
  const entries = [{ id: "1", kind: "text", body: { txet: "hi" } }] as never;
  expect(() => backendMessage({ ...broken, entries })).toThrow(/^entries\.0\.body/);
});
