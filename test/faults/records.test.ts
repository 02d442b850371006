import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { Wire } from "../support/wire.ts";

const REGION = "eu-central-1";
const TEN_MINUTES_MS = 600_000;
const tap = new AwsTap();
let embedded: Embedded;
let sns: SNSClient;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose, errorRetryDelayMs: 100 });
  sns = new SNSClient(clientConfig(embedded.cloud.endpoints.sns, REGION));
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

/** Puts a record on the entries topic, bypassing `send`. */
async function publish(group: string, message: string): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: embedded.cloud.resources.channels.entries.topicArn,
      Message: message,
      MessageGroupId: group,
      MessageDeduplicationId: crypto.randomUUID(),
    }),
  );
}

/** Builds the event of a batch as the queue's trigger delivers it. */
function batchOf(frames: readonly object[], conversation: string) {
  return {
    Records: frames.map((frame, index) => ({
      messageId: `m${index}`,
      receiptHandle: `r${index}`,
      body: JSON.stringify(frame),
      attributes: { MessageGroupId: conversation, ApproximateReceiveCount: "1" },
    })),
  };
}

function frameOf(sender: string, conversation: string, over: object = {}) {
  return {
    frame: crypto.randomUUID(),
    sender: { user: sender, connection: "elsewhere" },
    conversation,
    entries: [text("hi")],
    receivedAtMs: embedded.cloud.clock.now(),
    ...over,
  };
}

test("a poison record is parked in the end, and its conversation continues", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { conversation } = await say(atAlice, bob, "before");
  await publish(conversation, "this is no frame");
  expect((await say(atAlice, bob, "after", [1, 1])).seq).toBe(2);
  await eventually("it to be parked", () => embedded.cloud.queues.depth("entries").parked === 1, {
    timeoutMs: 15_000,
  });
  const sqs = new SQSClient(clientConfig(embedded.cloud.endpoints.sqs, REGION));
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: embedded.cloud.resources.channels.entries.parkedQueueUrl }),
  );
  expect(Messages?.[0]?.Body).toBe("this is no frame");
});

test("a poison record in a batch delays nothing: the other frames are committed and only it is retried", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = directConversationId(alice, bob);
  const event = batchOf(
    [frameOf(alice, conversation, { to: { user: bob } }), frameOf(alice, conversation)],
    conversation,
  );
  event.Records.splice(1, 0, {
    ...batchOf([{}], conversation).Records[0],
    messageId: "poison",
  } as (typeof event.Records)[0]);
  expect(await embedded.cloud.functions.invoke("commit", event)).toEqual({
    batchItemFailures: [{ itemIdentifier: "poison" }],
  });
  const atBob = await connect(embedded.target, bob);
  expect(await atBob.log(conversation)).toHaveLength(2);
});

test("a refused frame that is redelivered after the state changed in its favour is still refused", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = directConversationId(alice, bob);
  const tooEarly = frameOf(bob, conversation);
  const creating = frameOf(alice, conversation, { to: { user: bob } });
  const event = batchOf([tooEarly, creating], conversation);
  const noFailures = { batchItemFailures: [] };
  expect(await embedded.cloud.functions.invoke("commit", event)).toEqual(noFailures);
  // Its receipt handle had expired: the queue delivers it again, now that the conversation exists.
  expect(await embedded.cloud.functions.invoke("commit", event)).toEqual(noFailures);
  expect(await embedded.cloud.functions.invoke("commit", batchOf([tooEarly], conversation))).toEqual(
    noFailures,
  );
  const atBob = await connect(embedded.target, bob);
  expect((await atBob.log(conversation)).map(({ id }) => id)).toEqual([creating.entries[0]?.id]);
});

test("a frame the table cannot store is refused as `internal`, and the other frames are committed", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { conversation } = await say(atAlice, bob, "before");
  const connection = await connectionOf(embedded.cloud, alice);
  const unstorable = text("unstorable");
  tap.on(
    ({ operation }, body) => operation === "UpdateItem" && body.includes(unstorable.id),
    async () => {
      const message = "Item size to update has exceeded the maximum allowed size";
      return awsError(400, "ValidationException", { message });
    },
  );
  const refused = {
    ...frameOf(alice, conversation),
    sender: { user: alice, connection },
    entries: [unstorable],
  };
  const batch = [frameOf(alice, conversation), refused, frameOf(alice, conversation)];
  const event = batchOf(batch, conversation);
  expect(await embedded.cloud.functions.invoke("commit", event)).toEqual({ batchItemFailures: [] });
  expect(await atAlice.next("reject")).toMatchObject({
    ids: [unstorable.id],
    error: { code: "internal", temporary: false },
  });
  expect((await atAlice.log(conversation)).map(({ id }) => id)).toEqual([
    atAlice.all("ack")[0]?.entries[0]?.id,
    batch[0]?.entries[0]?.id,
    batch[2]?.entries[0]?.id,
  ]);
});

test("a frame of more than a table item holds is stored in several", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { conversation } = await say(atAlice, bob, "before");
  const entries = Array.from({ length: 25 }, (_, index) => ({
    id: `l${index}`,
    kind: "x.large",
    body: "x".repeat(23_000),
  }));
  const event = batchOf([{ ...frameOf(alice, conversation), entries }], conversation);
  expect(await embedded.cloud.functions.invoke("commit", event)).toEqual({ batchItemFailures: [] });
  const log = await atAlice.log(conversation);
  expect(log.slice(1)).toMatchObject(entries);
});

test("a frame sent again ten minutes later is the same entry", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const frame = { type: "send" as const, to: { user: bob }, seen: 0 as const, entries: [text("once")] };
  atAlice.send(frame);
  const first = await atAlice.next("ack");
  embedded.cloud.clock.advance(TEN_MINUTES_MS);
  const later = await connect(embedded.target, alice);
  later.send(frame);
  expect((await later.next("ack")).entries).toEqual(first.entries);
  const after = await say(later, bob, "later", [1, 1]);
  const log = await later.log(after.conversation);
  expect(log).toHaveLength(2);
  expect((log[1]?.sentAtMs ?? 0) - (log[0]?.sentAtMs ?? 0)).toBeGreaterThanOrEqual(TEN_MINUTES_MS);
});

test("a connection whose token has expired gets no push, and every frame is refused", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const token = await embedded.target.mintToken(bob, { expiresInSeconds: 3_600 });
  const atBob = await Wire.open({ url: embedded.target.urls[0] ?? "", token });
  embedded.cloud.clock.advance(3_601_000);
  const atAlice = await connect(embedded.target, alice);
  const other = await connect(embedded.target, bob);
  await say(atAlice, bob, "secret");
  await other.next("entries");
  expect(atBob.received).toEqual([]);
  atBob.send({ type: "ping" });
  atBob.send({ type: "send", to: { user: alice }, entries: [text("still me")] });
  await eventually("two refusals", () => atBob.all("error").length === 2);
  for (const error of atBob.all("error")) {
    expect(error.error.code).toBe("unauthenticated");
  }
  expect(atBob.received).toHaveLength(2);
});
