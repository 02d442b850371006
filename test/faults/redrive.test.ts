import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { clientConfig } from "../../local/util/sdk.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { runScript } from "../support/process.ts";
import type { Wire } from "../support/wire.ts";

const REGION = "eu-central-1";
const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    // Only a record of the queue becomes a dead letter.
    ingest: "queued",
    interpose: tap.interpose,
    errorRetryDelayMs: 50,
    maxReceiveCount: { entries: 1, outbound: 1 },
    lanes: 4,
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

const parked = () => embedded.cloud.queues.depth("entries").parked;
const isAppend = ({ operation, subject }: AwsCall) => operation === "UpdateItem" && subject === "HEAD";

/** Runs `npm run redrive` to its end. */
async function redrive(...args: string[]): Promise<string> {
  const script = runScript("ops/redrive.ts", "--local", embedded.cloud.url, ...args);
  expect(await script.exitCode, script.output()).toBe(0);
  return script.output();
}

interface Chat {
  readonly alice: string;
  readonly bob: string;
  readonly atAlice: Wire;
  readonly atBob: Wire;
  readonly conversation: string;
}

async function startChat(): Promise<Chat> {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  const { conversation } = await say(atAlice, bob, "first", 0);
  await atBob.next("entries");
  return { alice, bob, atAlice, atBob, conversation };
}

/** Sends a message whose commit crashes, and waits until it is parked and its sender got a reject. */
async function park({ atAlice, conversation }: Chat) {
  tap.on(
    isAppend,
    async () => {
      embedded.cloud.functions.crash("commit");
      return undefined;
    },
    1,
  );
  const frame = {
    type: "send" as const,
    conversation,
    seen: [1, 1] as [number, number],
    entries: [text("a secret body")],
  };
  atAlice.send(frame);
  await atAlice.next("reject", ({ ids }) => ids[0] === frame.entries[0]?.id);
  return frame;
}

/** Checks that both have the parked message once, at the same seq, and that the next message comes after it. */
async function expectOnce({ bob, atAlice, atBob, conversation }: Chat, id: string | undefined) {
  expect((await say(atAlice, bob, "next", [1, 2])).seq).toBe(3);
  await eventually("the next one at Bob's", () => atBob.pushed(conversation).length === 3);
  const log = await atBob.log(conversation);
  expect(log.map((entry) => [entry.seq, entry.id === id])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
  const acks = atAlice.all("ack").flatMap(({ entries }) => entries.filter((entry) => entry.id === id));
  expect(new Set(acks.map(({ seq }) => seq))).toEqual(new Set([2]));
  const pushed = atBob.all("entries").flatMap(({ entries }) => entries.filter((entry) => entry.id === id));
  expect(new Set(pushed.map(({ seq }) => seq))).toEqual(new Set([2]));
}

test("a parked message that is put back is committed, acknowledged and delivered", async () => {
  const chat = await startChat();
  const frame = await park(chat);
  const output = await redrive();
  expect(output).toMatch(/put back: frame \S+ of d\S+, entries \S+, \d+s old/);
  expect(output).toContain("1 put back, 0 too old, 0 purged, 0 unreadable, 0 in the queue");
  expect(output).not.toContain('parked"');
  await chat.atAlice.next("ack", ({ entries }) => entries[0]?.id === frame.entries[0]?.id);
  await expectOnce(chat, frame.entries[0]?.id);
});

test("if the client resends a parked message before it is put back, it is in the log once", async () => {
  const chat = await startChat();
  const frame = await park(chat);
  chat.atAlice.send(frame);
  const acksOfIt = () =>
    chat.atAlice.all("ack").filter(({ entries }) => entries[0]?.id === frame.entries[0]?.id).length;
  await eventually("the ack of the resend", () => acksOfIt() === 1);
  await redrive();
  await eventually("the ack of what was put back", () => acksOfIt() === 2);
  await expectOnce(chat, frame.entries[0]?.id);
});

test("if the client resends a parked message after it is put back, it is in the log once", async () => {
  const chat = await startChat();
  const frame = await park(chat);
  await redrive();
  const acksOfIt = () =>
    chat.atAlice.all("ack").filter(({ entries }) => entries[0]?.id === frame.entries[0]?.id).length;
  await eventually("the ack of what was put back", () => acksOfIt() === 1);
  chat.atAlice.send(frame);
  await eventually("the ack of the resend", () => acksOfIt() === 2);
  await expectOnce(chat, frame.entries[0]?.id);
});

test("a dry run changes nothing and prints what it would do", async () => {
  const chat = await startChat();
  const frame = await park(chat);
  const output = await redrive("--dry-run");
  expect(output).toContain(`would be put back: frame `);
  expect(output).toContain(String(frame.entries[0]?.id));
  expect(output).toContain("1 would be put back, 0 too old");
  expect(parked()).toBe(1);
  expect(await chat.atBob.log(chat.conversation)).toHaveLength(1);
  await redrive();
  await chat.atAlice.next("ack", ({ entries }) => entries[0]?.id === frame.entries[0]?.id);
});

test("a record that is too old or malformed is never put back, and stays until it is purged", async () => {
  const chat = await startChat();
  const frame = await park(chat);
  const sns = new SNSClient(clientConfig(embedded.cloud.endpoints.sns, REGION));
  await sns.send(
    new PublishCommand({
      TopicArn: embedded.cloud.resources.channels.entries.topicArn,
      Message: "no frame",
      MessageGroupId: "g",
      MessageDeduplicationId: "no-frame",
      MessageAttributes: { lane: { DataType: "String", StringValue: "0" } },
    }),
  );
  await eventually("both to be parked", () => parked() === 2);
  const left = await redrive("--max-age", "0s");
  expect(left).toContain("too old: frame ");
  expect(left).toContain(String(frame.entries[0]?.id));
  expect(left).toContain("0 put back, 2 too old, 0 purged, 0 unreadable, 2 in the queue");
  expect(await redrive("--max-age", "0s", "--dry-run", "--purge-old")).toContain("2 would be purged");
  expect(parked()).toBe(2);
  expect(await redrive("--max-age", "0s", "--purge-old")).toContain("2 purged, 0 unreadable, 0 in the queue");
  expect(await chat.atBob.log(chat.conversation)).toHaveLength(1);
});

test("a delivery that failed too often arrives after it is put back on the outbound topic", async () => {
  const chat = await startChat();
  const alice = await connectionOf(embedded.cloud, chat.alice);
  const { deadLetterQueueUrl } = embedded.cloud.resources.channels.outbound;
  const sqs = new SQSClient(clientConfig(embedded.cloud.endpoints.sqs, REGION));
  const delivery = {
    type: "deliver.entries",
    target: { user: chat.alice, connection: alice },
    conversation: chat.conversation,
    epoch: 1,
    seqs: [1],
  };
  for (const MessageBody of [JSON.stringify(delivery), "no delivery"]) {
    await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody }));
  }
  const output = await redrive("--channel", "outbound");
  expect(output).toContain("1 put back, 0 too old, 0 purged, 1 unreadable, 1 in the queue");
  await eventually("the entry at Alice's", () => chat.atAlice.pushed(chat.conversation).length === 1);
});

test.for([
  "--queue-url http://127.0.0.1/q",
  "--local http://127.0.0.1:1 --max-age soon",
  "--channel presence",
  "",
])("wrong arguments are explained in a sentence: %s", async (line) => {
  const script = runScript("ops/redrive.ts", ...line.split(" ").filter(Boolean));
  expect(await script.exitCode).toBe(2);
  expect(script.output()).toContain("Usage: npm run redrive");
  expect(script.output()).not.toContain("    at ");
});

test.for([
  ["--local http://127.0.0.1:1", "No embedded cloud answers at http://127.0.0.1:1."],
  ["--stack parley-prod --outputs no-such-file.json", "no-such-file.json cannot be read"],
] as const)("a missing deployment is explained in a sentence: %s", async ([line, says]) => {
  const script = runScript("ops/redrive.ts", ...line.split(" "));
  expect(await script.exitCode).toBe(1);
  expect(script.output()).toContain(says);
  expect(script.output().trim().split("\n")).toHaveLength(1);
});
