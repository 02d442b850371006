import { expect, test } from "vitest";
import { readArguments } from "../../../ops/redrive/arguments.ts";
import { findTarget } from "../../../ops/redrive/target.ts";
import { outputsFile } from "../../support/outputs-file.ts";

function read(...args: string[]) {
  const read = readArguments(args);
  if (read === "help") throw new Error("asked for help");
  return read;
}

const targetOf = (...args: string[]) => findTarget(read(...args));

test("the channel selects the stack's queue and topic, in the stack's region", async () => {
  const outputs = outputsFile({
    "parley-prod": {
      ParkedQueueUrl: "https://sqs/parked.fifo",
      EntriesTopicArn: "arn:aws:sns:eu-west-1:1:entries.fifo",
      OutboundDeadLetterQueueUrl: "https://sqs/outbound-dead",
      OutboundTopicArn: "arn:aws:sns:eu-west-1:1:outbound",
    },
  });
  const found = await targetOf("--env", "prod", "--outputs", outputs);
  expect([found.queueUrl, found.topicArn]).toEqual([
    "https://sqs/parked.fifo",
    "arn:aws:sns:eu-west-1:1:entries.fifo",
  ]);
  expect(await found.sqs.config.region()).toBe("eu-west-1");
  const outbound = await targetOf("--outputs", outputs, "--channel", "outbound");
  expect([outbound.queueUrl, outbound.topicArn]).toEqual([
    "https://sqs/outbound-dead",
    "arn:aws:sns:eu-west-1:1:outbound",
  ]);
});

test("the error for a stack without a parked queue names the stack and the output", async () => {
  const outputs = outputsFile({ "parley-dev": { EntriesTopicArn: "arn:aws:sns:eu-west-1:1:entries.fifo" } });
  await expect(targetOf("--outputs", outputs)).rejects.toThrow("parley-dev has no output ParkedQueueUrl");
});

test("queue and topic can be given by hand, at any endpoint", async () => {
  const found = await targetOf(
    ...["--queue-url", "http://127.0.0.1:1/000000000000/lane-3.fifo"],
    ...["--topic-arn", "arn:aws:sns:eu-central-1:000000000000:entries.fifo"],
    ...["--endpoint-url", "http://127.0.0.1:1"],
  );
  expect(found.queueUrl).toBe("http://127.0.0.1:1/000000000000/lane-3.fifo");
  expect((await found.sns.config.endpoint?.())?.port).toBe(1);
});
