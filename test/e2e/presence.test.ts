import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inboxKey } from "../../functions/adapters/dynamodb/keys.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import { connectPair, presencePushes, presenceSuite } from "./presence.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { bothSpeak, connect, newUser, say } from "./support/target.ts";

const GRACE_SECONDS = 1;
const HOUR_MS = 3_600_000;
const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    presenceGraceSeconds: GRACE_SECONDS,
    errorRetryDelayMs: 100,
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => {
  tap.clear();
});

const now = () => embedded.cloud.clock.now();
const isUserUpdate = ({ operation, subject }: AwsCall) => operation === "UpdateItem" && subject === "USER";
const isPublish = ({ service, operation }: AwsCall) => service === "sns" && operation === "Publish";

/**
 * Makes the next matching call fail for good, with all three attempts of the SDK; the result returns true once it
 * has.
 */
function failOnce(matches: (call: AwsCall) => boolean): () => boolean {
  let failures = 0;
  const fail = async () => {
    failures += 1;
    return awsError(500, "InternalServerError");
  };
  tap.on(matches, fail, 3);
  return () => failures === 3;
}

/** Number of departures that wait for the end of their grace period, or are being handled. */
const departures = () => pendingIn(embedded.cloud, ["presence"]);

/** Waits until the queues are empty and every call is answered. */
async function queuesEmpty(): Promise<void> {
  await eventually("the queues to be empty", () => {
    const pending = pendingIn(embedded.cloud, ["outbound", "notices", "presence"]);
    const unanswered = tap.calls.filter(({ status }) => status === undefined);
    if (pending > 0 || unanswered.length > 0)
      throw new Error(JSON.stringify({ pending, unanswered, logs: embedded.logs.slice(-3) }));
    return true;
  });
}

/** Like {@link connectPair}, with nothing left to push. */
async function talkingPair() {
  const pair = await connectPair(embedded.target);
  await queuesEmpty();
  return pair;
}

presenceSuite(() => ({ ...embedded.target, graceSeconds: GRACE_SECONDS, now, queuesEmpty }));

test("during the grace period a presence query agrees with what watchers see", async () => {
  const { bob, atAlice } = await talkingPair();
  const atBob = await connect(embedded.target, bob);
  await queuesEmpty();
  embedded.cloud.functions.pause("presence");
  try {
    await atBob.close();
    await eventually("the lease to be removed", async () => {
      return departures() === 1;
    });
    expect((await atAlice.presence([bob], { watch: true })).users[0]?.online).toBe(true);
  } finally {
    embedded.cloud.functions.resume("presence");
  }
  await atAlice.next("presence", ({ online }) => !online);
});

test("an unnoticed disconnect is found by the first push, and until then the presence has an expiry", async () => {
  const { bob, atAlice } = await talkingPair();
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await queuesEmpty();
  // `$disconnect` is best effort: here it fails.
  const hasFailed = failOnce(isUserUpdate);
  await atBob.close();
  await eventually("it to fail", hasFailed);
  await queuesEmpty();
  expect((await atAlice.presence([bob])).users[0]).toMatchObject({
    online: true,
    expiresAtMs: expect.any(Number),
  });
  embedded.cloud.clock.advance(61_000);
  await say(atAlice, bob, "are you there?", [1, 2]);
  await atAlice.next("presence", ({ online }) => !online);
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(false);
});

test("if a disconnect's message got lost, the next presence query notifies all watchers", async () => {
  const { bob, atAlice } = await talkingPair();
  const watching = newUser("carol");
  const atCarol = await connect(embedded.target, watching);
  await bothSpeak(embedded.target, atCarol, watching, bob);
  await queuesEmpty();
  const atBob = await connect(embedded.target, bob);
  await atCarol.presence([bob], { watch: true });
  await queuesEmpty();
  // The lease is removed, and the worker crashes before it publishes the message.
  const hasFailed = failOnce(isPublish);
  await atBob.close();
  await eventually("it to fail", hasFailed);
  await queuesEmpty();
  expect(presencePushes(atCarol, bob)).toEqual([]);
  embedded.cloud.clock.advance(61_000);
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(false);
  await atCarol.next("presence", ({ online }) => !online);
  // The next connection is announced again.
  await connect(embedded.target, bob);
  await atCarol.next("presence", ({ online }) => online);
});

test("a connection that could not be announced stays open, and is announced by its next ping", async () => {
  const { bob, atAlice } = await talkingPair();
  await atAlice.presence([bob], { watch: true });
  await queuesEmpty();
  const hasFailed = failOnce(isPublish);
  const atBob = await connect(embedded.target, bob);
  await queuesEmpty();
  expect(hasFailed()).toBe(true);
  expect(presencePushes(atAlice, bob)).toEqual([]);
  atBob.send({ type: "ping" });
  await atBob.next("pong");
  await atAlice.next("presence", ({ online }) => online);
});

test("a hanging topic delays a new connection briefly, and nothing fails", async () => {
  tap.on(isPublish, async () => undefined);
  const started = performance.now();
  const wire = await connect(embedded.target, newUser("alice"));
  expect(performance.now() - started).toBeLessThan(4_000);
  wire.send({ type: "ping" });
  expect(await wire.next("pong")).toEqual({ type: "pong" });
});

test("pings renew an announcement that is about to expire, and no earlier", async () => {
  const { bob, atAlice } = await talkingPair();
  await atAlice.presence([bob], { watch: true });
  await connect(embedded.target, bob, { device: "first" });
  const first = await atAlice.next("presence");
  embedded.cloud.clock.advance(HOUR_MS);
  const second = await connect(embedded.target, bob, { device: "second" });
  const ping = async () => {
    const before = second.all("pong").length;
    second.send({ type: "ping" });
    await eventually("a pong", () => second.all("pong").length > before);
    await queuesEmpty();
  };
  await ping();
  expect(presencePushes(atAlice, bob)).toEqual(["online"]);
  embedded.cloud.clock.advance(HOUR_MS - 14 * 60_000);
  // Alice's watch is about to expire with her connection; it still counts.
  await ping();
  const renewed = atAlice.all("presence").at(-1);
  expect(renewed?.expiresAtMs).toBeGreaterThanOrEqual((first.expiresAtMs ?? 0) + HOUR_MS - 1_000);
  await ping();
  expect(presencePushes(atAlice, bob)).toEqual(["online", "online"]);
});

test("a user who reconnects between the check and its record is not announced as offline", async () => {
  const { bob, atAlice } = await talkingPair();
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await queuesEmpty();
  embedded.cloud.functions.pause("presence");
  await atBob.close();
  await eventually("the departure to wait", () => {
    return departures() > 0;
  });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let waiting = false;
  tap.on(
    isUserUpdate,
    async (_, forward) => {
      waiting = true;
      await held;
      return forward();
    },
    1,
  );
  embedded.cloud.functions.resume("presence");
  await eventually("the note to be under way", () => waiting);
  await connect(embedded.target, bob, { gateway: 1 });
  release();
  await queuesEmpty();
  expect(presencePushes(atAlice, bob)).not.toContain("offline");
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(true);
});

test("a departure recorded by a crashed worker is announced when its message is delivered again", async () => {
  const { bob, atAlice } = await talkingPair();
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await queuesEmpty();
  embedded.cloud.functions.pause("presence");
  await atBob.close();
  await eventually("the departure to wait", () => {
    return departures() > 0;
  });
  const crash = async () => {
    embedded.cloud.functions.crash("presence");
    return undefined;
  };
  tap.on(isPublish, crash, 1);
  embedded.cloud.functions.resume("presence");
  await atAlice.next("presence", ({ online }) => !online);
});

test("a blocked user no longer sees presence, neither by a query nor through an earlier watch", async () => {
  const { alice, bob, atAlice } = await talkingPair();
  await atAlice.presence([bob], { watch: true });
  const { endpoints, resources } = embedded.cloud;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientConfig(endpoints.dynamodb, "eu-central-1")),
  );
  await client.send(
    new UpdateCommand({
      TableName: resources.table,
      Key: { ...inboxKey(alice, directConversationId(alice, bob)) },
      UpdateExpression: "SET blocked = :true",
      ExpressionAttributeValues: { ":true": true },
    }),
  );
  const watching = newUser("carol");
  const atCarol = await connect(embedded.target, watching);
  await bothSpeak(embedded.target, atCarol, watching, bob);
  await queuesEmpty();
  await atCarol.presence([bob], { watch: true });
  await connect(embedded.target, bob);
  await atCarol.next("presence");
  await queuesEmpty();
  expect(presencePushes(atAlice, bob)).toEqual([]);
  expect(await atAlice.presence([bob])).toEqual({ users: [], refused: [bob] });
});

test("watching other users replaces the watch; watching none ends it; both requests are answered", async () => {
  const { alice, bob, atAlice } = await talkingPair();
  const carol = newUser("carol");
  await bothSpeak(embedded.target, atAlice, alice, carol);
  await queuesEmpty();
  await atAlice.presence([bob], { watch: true });
  await atAlice.presence([carol], { watch: true });
  await connect(embedded.target, bob);
  await connect(embedded.target, carol);
  await atAlice.next("presence", ({ user }) => user === carol);
  await queuesEmpty();
  expect(presencePushes(atAlice, bob)).toEqual([]);
  expect((await atAlice.presence([carol], { watch: false })).users[0]?.online).toBe(true);
  const gone = await connect(embedded.target, carol);
  await gone.close();
  await queuesEmpty();
  expect(presencePushes(atAlice, carol)).toEqual(["online"]);
});

test("the watch of a closed connection is removed by its first push", async () => {
  const { alice, bob, atAlice } = await talkingPair();
  await atAlice.presence([bob], { watch: true });
  const connection = await connectionOf(embedded.cloud, alice);
  await queuesEmpty();
  tap.clear();
  const isTold = (call: AwsCall) => call.connection === connection && call.subject === "presence";
  tap.on(isTold, async () => awsError(410, "GoneException"));
  const atBob = await connect(embedded.target, bob);
  await eventually("the push to be refused", () => tap.calls.some(isTold));
  await queuesEmpty();
  tap.clear();
  await atBob.close();
  await eventually("the offline message to be pushed to nobody", () =>
    tap.calls.some(({ operation, subject }) => operation === "Query" && subject === "W"),
  );
  await queuesEmpty();
  expect(tap.calls.filter(isTold)).toEqual([]);
});

test("a presence frame that cannot be pushed now comes through the outbound queue", async () => {
  const { bob, atAlice } = await talkingPair();
  await atAlice.presence([bob], { watch: true });
  tap.on(
    ({ operation, subject }) => operation === "POST" && subject === "presence",
    async () => awsError(429, "LimitExceededException"),
    3,
  );
  await connect(embedded.target, bob);
  expect(await atAlice.next("presence")).toMatchObject({ user: bob, online: true });
});
