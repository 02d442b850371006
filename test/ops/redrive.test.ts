import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readArguments } from "../../ops/redrive/arguments.ts";
import { formatDuration, parseDuration } from "../../ops/redrive/duration.ts";
import { findTarget } from "../../ops/redrive/target.ts";

test.for([
  ["90s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0s", 0],
] as const)("%s is %d ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});

test.for(["", "10", "m", "-1m", "1.5h", "10 m", "1w", "10mm", "toString"])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.for([
  [0, "0s"],
  [59_000, "59s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [3 * 3_600_000, "3h"],
  [50 * 3_600_000, "2d"],
] as const)("%d ms are told as %s", ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});

function outputsFile(outputs: object): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "cdk.outputs.json");
  writeFileSync(file, JSON.stringify(outputs));
  return file;
}

function read(...args: string[]) {
  const read = readArguments(args);
  if (read === "help") throw new Error("asked for help");
  return read;
}

const place = (...args: string[]) => findTarget(read(...args));

test("a stack's queue and topic are those of the channel, in the stack's region", async () => {
  const outputs = outputsFile({
    "parley-prod": {
      ParkedQueueUrl: "https://sqs/parked.fifo",
      EntriesTopicArn: "arn:aws:sns:eu-west-1:1:entries.fifo",
      OutboundDeadLetterQueueUrl: "https://sqs/outbound-dead",
      OutboundTopicArn: "arn:aws:sns:eu-west-1:1:outbound",
    },
  });
  const found = await place("--env", "prod", "--outputs", outputs);
  expect([found.queueUrl, found.topicArn]).toEqual([
    "https://sqs/parked.fifo",
    "arn:aws:sns:eu-west-1:1:entries.fifo",
  ]);
  expect(await found.sqs.config.region()).toBe("eu-west-1");
  const outbound = await place("--outputs", outputs, "--channel", "outbound");
  expect([outbound.queueUrl, outbound.topicArn]).toEqual([
    "https://sqs/outbound-dead",
    "arn:aws:sns:eu-west-1:1:outbound",
  ]);
});

test("a stack from before there was a parked queue is said by name", async () => {
  const outputs = outputsFile({ "parley-dev": { EntriesTopicArn: "arn:aws:sns:eu-west-1:1:entries.fifo" } });
  await expect(place("--outputs", outputs)).rejects.toThrow("parley-dev has no output ParkedQueueUrl");
});

test.for<[string[], string]>([
  [[], "Say where"],
  [["--env", "dev", "--queue-url", "https://q", "--topic-arn", "arn:a:b:c:d:e"], "Say where"],
  [["--queue-url", "https://q"], "go together"],
  [["--env", "dev", "--endpoint-url", "http://127.0.0.1:1"], "AWS_ENDPOINT_URL"],
  [["--env", "dev", "--channel", "presence"], "--channel is entries or outbound"],
  [["--env", "dev", "--max-age", "soon"], "--max-age is like 10m"],
])("%j is refused: %s", ([args, problem]) => {
  expect(() => read(...args)).toThrow(problem);
});

test("queue and topic may be named by hand, at any endpoint", async () => {
  const found = await place(
    ...["--queue-url", "http://127.0.0.1:1/000000000000/lane-3.fifo"],
    ...["--topic-arn", "arn:aws:sns:eu-central-1:000000000000:entries.fifo"],
    ...["--endpoint-url", "http://127.0.0.1:1"],
  );
  expect(found.queueUrl).toBe("http://127.0.0.1:1/000000000000/lane-3.fifo");
  expect((await found.sns.config.endpoint?.())?.port).toBe(1);
});
