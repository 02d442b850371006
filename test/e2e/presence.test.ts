import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inboxKey } from "../../functions/adapters/dynamodb/keys.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { acquainted, presenceSuite, told } from "./presence.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { connect, newUser, say } from "./support/target.ts";

const GRACE_SECONDS = 0.5;
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

/** The next call that matches fails for good, with all three attempts of the SDK; tells whether it has. */
function failOnce(matches: (call: AwsCall) => boolean): () => boolean {
  let failures = 0;
  const fail = async () => {
    failures += 1;
    return awsError(500, "InternalServerError");
  };
  tap.on(matches, fail, 3);
  return () => failures === 3;
}

/** Nobody waits to be looked at, and nothing waits to be pushed. */
async function settled(): Promise<void> {
  await eventually("the presence and outbound queues to be empty", () => {
    const depths = [embedded.cloud.queues.depth("presence"), embedded.cloud.queues.depth("outbound")];
    const isBusy = depths.some(({ visible, inFlight }) => visible + inFlight > 0);
    const unanswered = tap.calls.filter(({ status }) => status === undefined);
    if (isBusy || unanswered.length > 0)
      throw new Error(JSON.stringify({ depths, unanswered, logs: embedded.logs.slice(-3) }));
    return true;
  });
}

presenceSuite(() => ({ ...embedded.target, graceSeconds: GRACE_SECONDS, now, settled }));

test("between leaving and the end of the grace period the answer is what watchers believe", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const atBob = await connect(embedded.target, bob);
  await settled();
  embedded.cloud.functions.pause("presence");
  try {
    await atBob.close();
    await eventually("the lease to be removed", async () => {
      const { visible, inFlight } = embedded.cloud.queues.depth("presence");
      return visible + inFlight === 1;
    });
    expect((await atAlice.presence([bob], { watch: true })).users[0]?.online).toBe(true);
  } finally {
    embedded.cloud.functions.resume("presence");
  }
  await atAlice.next("presence", ({ online }) => !online);
});

test("a departure nobody noticed is noticed by the first push, and until then has an end", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await settled();
  // `$disconnect` is best effort: here it fails.
  const hasFailed = failOnce(isUserUpdate);
  await atBob.close();
  await eventually("it to fail", hasFailed);
  await settled();
  expect((await atAlice.presence([bob])).users[0]).toMatchObject({
    online: true,
    expiresAtMs: expect.any(Number),
  });
  embedded.cloud.clock.advance(61_000);
  await say(atAlice, bob, "are you there?", [1, 1]);
  await atAlice.next("presence", ({ online }) => !online);
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(false);
});

test("a departure whose message got lost is told by whoever asks next, to all who watch", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const watching = newUser("carol");
  const atCarol = await connect(embedded.target, watching);
  await say(atCarol, bob, "hi");
  const atBob = await connect(embedded.target, bob);
  await atCarol.presence([bob], { watch: true });
  await settled();
  // The lease is removed, and the worker ends before it has said so.
  const hasFailed = failOnce(isPublish);
  await atBob.close();
  await eventually("it to fail", hasFailed);
  await settled();
  expect(told(atCarol, bob)).toEqual([]);
  embedded.cloud.clock.advance(61_000);
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(false);
  await atCarol.next("presence", ({ online }) => !online);
  // And who comes back is announced again.
  await connect(embedded.target, bob);
  await atCarol.next("presence", ({ online }) => online);
});

test("an arrival that could not be announced is announced by the next ping, and the connection stands", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  await atAlice.presence([bob], { watch: true });
  await settled();
  const hasFailed = failOnce(isPublish);
  const atBob = await connect(embedded.target, bob);
  await settled();
  expect(hasFailed()).toBe(true);
  expect(told(atAlice, bob)).toEqual([]);
  atBob.send({ type: "ping" });
  await atBob.next("pong");
  await atAlice.next("presence", ({ online }) => online);
});

test("a topic that hangs delays an arrival by moments, and fails nothing", async () => {
  tap.on(isPublish, async () => undefined);
  const started = performance.now();
  const wire = await connect(embedded.target, newUser("alice"));
  expect(performance.now() - started).toBeLessThan(4_000);
  wire.send({ type: "ping" });
  expect(await wire.next("pong")).toEqual({ type: "pong" });
});

test("pings renew what is about to lapse, and nothing before", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  await atAlice.presence([bob], { watch: true });
  await connect(embedded.target, bob, { device: "first" });
  const first = await atAlice.next("presence");
  embedded.cloud.clock.advance(HOUR_MS);
  const second = await connect(embedded.target, bob, { device: "second" });
  const ping = async () => {
    const before = second.all("pong").length;
    second.send({ type: "ping" });
    await eventually("a pong", () => second.all("pong").length > before);
    await settled();
  };
  await ping();
  expect(told(atAlice, bob)).toEqual(["online"]);
  embedded.cloud.clock.advance(HOUR_MS - 14 * 60_000);
  // Alice's watch has nearly ended with her connection too; it still counts.
  await ping();
  const renewed = atAlice.all("presence").at(-1);
  expect(renewed?.expiresAtMs).toBeGreaterThanOrEqual((first.expiresAtMs ?? 0) + HOUR_MS - 1_000);
  await ping();
  expect(told(atAlice, bob)).toEqual(["online", "online"]);
});

test("someone who comes back between the last look and the note of it is not said to be gone", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await settled();
  embedded.cloud.functions.pause("presence");
  await atBob.close();
  await eventually("the departure to wait", () => {
    const { visible, inFlight } = embedded.cloud.queues.depth("presence");
    return visible + inFlight > 0;
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
  await settled();
  expect(told(atAlice, bob)).not.toContain("offline");
  expect((await atAlice.presence([bob])).users[0]?.online).toBe(true);
});

test("a departure that was noted but not told, as its worker died, is told when the message comes again", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const atBob = await connect(embedded.target, bob);
  await atAlice.presence([bob], { watch: true });
  await settled();
  embedded.cloud.functions.pause("presence");
  await atBob.close();
  await eventually("the departure to wait", () => {
    const { visible, inFlight } = embedded.cloud.queues.depth("presence");
    return visible + inFlight > 0;
  });
  const crash = async () => {
    embedded.cloud.functions.crash("presence");
    return undefined;
  };
  tap.on(isPublish, crash, 1);
  embedded.cloud.functions.resume("presence");
  await atAlice.next("presence", ({ online }) => !online);
});

test("who was blocked sees no presence any more, neither by asking nor by a watch from before", async () => {
  const { alice, bob, atAlice } = await acquainted(embedded.target);
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
  await say(atCarol, bob, "hi");
  await atCarol.presence([bob], { watch: true });
  await connect(embedded.target, bob);
  await atCarol.next("presence");
  await settled();
  expect(told(atAlice, bob)).toEqual([]);
  expect(await atAlice.presence([bob])).toEqual({ users: [], refused: [bob] });
});

test("watching others ends watching those before; watching none ends it all, and both are answered", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  const carol = newUser("carol");
  await say(atAlice, carol, "hello");
  await atAlice.presence([bob], { watch: true });
  await atAlice.presence([carol], { watch: true });
  await connect(embedded.target, bob);
  await connect(embedded.target, carol);
  await atAlice.next("presence", ({ user }) => user === carol);
  await settled();
  expect(told(atAlice, bob)).toEqual([]);
  expect((await atAlice.presence([carol], { watch: false })).users[0]?.online).toBe(true);
  const gone = await connect(embedded.target, carol);
  await gone.close();
  await settled();
  expect(told(atAlice, carol)).toEqual(["online"]);
});

test("a watcher that is gone is forgotten with its first push", async () => {
  const { alice, bob, atAlice } = await acquainted(embedded.target);
  await atAlice.presence([bob], { watch: true });
  const connection = await connectionOf(embedded.cloud, alice);
  await settled();
  tap.clear();
  const isTold = (call: AwsCall) => call.connection === connection && call.subject === "presence";
  tap.on(isTold, async () => awsError(410, "GoneException"));
  const atBob = await connect(embedded.target, bob);
  await eventually("the push to be refused", () => tap.calls.some(isTold));
  await settled();
  tap.clear();
  await atBob.close();
  await eventually("the departure to be told to nobody", () =>
    tap.calls.some(({ operation, subject }) => operation === "Query" && subject === "W"),
  );
  await settled();
  expect(tap.calls.filter(isTold)).toEqual([]);
});

test("a presence that cannot be pushed now comes by the outbound queue", async () => {
  const { bob, atAlice } = await acquainted(embedded.target);
  await atAlice.presence([bob], { watch: true });
  tap.on(
    ({ operation, subject }) => operation === "POST" && subject === "presence",
    async () => awsError(429, "LimitExceededException"),
    3,
  );
  await connect(embedded.target, bob);
  expect(await atAlice.next("presence")).toMatchObject({ user: bob, online: true });
});
