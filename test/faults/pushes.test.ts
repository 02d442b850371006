import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose, errorRetryDelayMs: 100 });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

/** Waits until the lease of this connection has been removed after a 410. */
async function forgotten(connection: string): Promise<void> {
  await eventually("the lease to be removed", () => {
    const post = tap.calls.findIndex((call) => postsTo(connection)(call) && call.status === 410);
    const after = tap.calls.slice(post + 1);
    return (
      post >= 0 &&
      after.some(
        (call) => call.operation === "UpdateItem" && call.subject === "USER" && call.endedAtMs !== undefined,
      )
    );
  });
}

const postsTo = (connection: string) => (call: AwsCall) =>
  call.operation === "POST" && call.connection === connection;

test("a dead connection's lease is removed, and a newer connection of the same user is not touched", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const old = await connect(embedded.target, bob, { device: "phone" });
  const connection = await connectionOf(embedded.cloud, bob);
  // Its `$disconnect` never arrives: the lease stays, and is too old for the connection to be still opening.
  embedded.cloud.clock.advance(61_000);
  tap.on(
    (call) => call.operation === "POST" && call.connection === connection,
    async () => awsError(410, "GoneException"),
  );
  const newer = await connect(embedded.target, bob, { device: "phone" });
  const atAlice = await connect(embedded.target, alice);
  const { conversation } = await say(atAlice, bob, "one");
  await eventually("it on the newer connection", () => newer.pushed(conversation).length === 1);
  const posts = () => tap.calls.filter(postsTo(connection)).length;
  await forgotten(connection);
  const before = posts();
  await say(atAlice, bob, "two", [1, 1]);
  await eventually("the next one on the newer connection", () => newer.pushed(conversation).length === 2);
  expect(posts()).toBe(before);
  old.cut();
});

test("a live connection that a push was told is gone is closed, so that its client connects and syncs", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atBob = await connect(embedded.target, bob, { device: "laptop" });
  const connection = await connectionOf(embedded.cloud, bob);
  embedded.cloud.clock.advance(61_000);
  const atAlice = await connect(embedded.target, alice);
  tap.on(postsTo(connection), async () => awsError(410, "GoneException"));
  const { conversation } = await say(atAlice, bob, "into the void");
  expect((await atBob.closed).code).toBe(1000);
  const again = await connect(embedded.target, bob, { device: "laptop" });
  const synced = (await again.sync()).conversations.find((one) => one.conversation === conversation);
  expect(synced?.entries.map(({ body }) => body)).toEqual([{ text: "into the void" }]);
});

test("a lease removed by a false 410 is restored by the next ping, which asks for a sync", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atBob = await connect(embedded.target, bob, { device: "laptop" });
  const connection = await connectionOf(embedded.cloud, bob);
  embedded.cloud.clock.advance(61_000);
  const atAlice = await connect(embedded.target, alice);
  // API Gateway does not know it when it is to be closed, either.
  tap.on(
    (call) => call.connection === connection,
    async () => awsError(410, "GoneException"),
  );
  const { conversation } = await say(atAlice, bob, "into the void");
  await forgotten(connection);
  tap.clear();

  atBob.send({ type: "ping" });
  expect(await atBob.next("pong")).toEqual({ type: "pong", resync: true });
  const synced = (await atBob.sync()).conversations.find((one) => one.conversation === conversation);
  expect(synced?.entries.map(({ body }) => body)).toEqual([{ text: "into the void" }]);
  await say(atAlice, bob, "heard again", [1, 1]);
  await eventually("the live push", () => atBob.pushed(conversation).some(({ seq }) => seq === 2));
  atBob.send({ type: "ping" });
  await eventually("a second pong", () => atBob.all("pong").length === 2);
  expect(atBob.all("pong")[1]).toEqual({ type: "pong" });
});

test("a push during the opening of a connection does not harm the connection", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  // Bob's connections only: others of this file may still be closing.
  const isBobs = ({ operation, partition }: AwsCall) =>
    operation === "UpdateItem" && partition === `U#${bob}`;
  tap.on(
    isBobs,
    async (_, forward) => {
      const answer = await forward();
      await held;
      return answer;
    },
    1,
  );
  // Bob's lease is stored, but API Gateway has no such connection before `$connect` has returned.
  const opening = connect(embedded.target, bob);
  await eventually("the lease", () => tap.calls.some((call) => isBobs(call) && call.units > 0));
  await say(atAlice, bob, "too early");
  await eventually("the push to be refused", () => tap.calls.some(({ status }) => status === 410));
  release();
  const atBob = await opening;
  const { conversation } = await say(atAlice, bob, "live", [1, 1]);
  await eventually("both at Bob's", () => atBob.pushed(conversation).length === 2, { timeoutMs: 15_000 });
  atBob.send({ type: "ping" });
  expect(await atBob.next("pong")).toEqual({ type: "pong" });
});

test("a hanging push blocks neither the recipient's other devices nor the next message, and arrives later", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const stuck = await connect(embedded.target, bob, { device: "stuck" });
  const connection = await connectionOf(embedded.cloud, bob);
  const fine = await connect(embedded.target, bob, { device: "fine" });
  const atAlice = await connect(embedded.target, alice);
  tap.on(postsTo(connection), async () => undefined, 2);
  const started = performance.now();
  const { conversation } = await say(atAlice, bob, "one");
  await eventually("it on the fine device", () => fine.pushed(conversation).length === 1);
  await say(atAlice, bob, "two", [1, 1]);
  await eventually("the next on the fine device", () => fine.pushed(conversation).length === 2);
  // Far below the two seconds after which a hanging post fails by itself.
  expect(performance.now() - started).toBeLessThan(1_500);
  await eventually(
    "both on the stuck device, by the outbound queue",
    () => stuck.pushed(conversation).length === 2,
    {
      timeoutMs: 15_000,
    },
  );
  expect((await fine.log(conversation)).map(({ seq }) => seq)).toEqual([1, 2]);
});

test.each([
  [429, "LimitExceededException"],
  [503, "ServiceUnavailable"],
])("a push answered with %i goes to the outbound queue and arrives", async (status, name) => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atBob = await connect(embedded.target, bob);
  const connection = await connectionOf(embedded.cloud, bob);
  const atAlice = await connect(embedded.target, alice);
  let refused = 0;
  tap.on(
    postsTo(connection),
    async () => {
      refused += 1;
      return awsError(status, name);
    },
    3,
  );
  const { conversation } = await say(atAlice, bob, "patience");
  await eventually("it at Bob's", () => atBob.pushed(conversation).length === 1, { timeoutMs: 15_000 });
  expect(refused).toBeGreaterThan(0);
  expect(embedded.cloud.queues.depth("outbound").deadLetters).toBe(0);
});

test("a throttled push is one call to API Gateway, and one for each time that the queue hands it out again", async () => {
  const [alice, ...others] = ["alice", "bob", "carol", "dave"].map(newUser) as [string, ...string[]];
  const devices = await Promise.all(others.map((user) => connect(embedded.target, user)));
  const connections = await Promise.all(others.map((user) => connectionOf(embedded.cloud, user)));
  const atAlice = await connect(embedded.target, alice);
  const isPost = ({ operation, connection }: AwsCall) =>
    operation === "POST" && connections.includes(connection);
  tap.on(isPost, async () => awsError(429, "LimitExceededException"));
  const calls = (operation: string) => tap.calls.filter((call) => call.operation === operation);
  const posts = () => tap.calls.filter(isPost).length;
  // A new group is written and pushed by `commit`.
  atAlice.send({ type: "create", id: "g1", title: "Throttled", members: others });
  await eventually("the queue to get them", () => calls("PublishBatch").length > 0);
  expect(posts()).toBe(others.length);
  await eventually("the queue to get them back", () => calls("ChangeMessageVisibilityBatch").length > 0);
  expect(posts()).toBe(2 * others.length);
  tap.clear();
  for (const device of devices) {
    await eventually("it at everybody's", () => device.all("joined").length === 1, { timeoutMs: 15_000 });
  }
});

test("an ack that cannot be posted comes through the outbound queue", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  let lost = 0;
  tap.on(
    ({ operation, subject }) => operation === "POST" && subject === "ack",
    async () => {
      lost += 1;
      return undefined;
    },
    1,
  );
  const { seq } = await say(atAlice, bob, "do you hear me");
  expect([lost, seq]).toEqual([1, 1]);
});

test.each([
  ["A", 0],
  ["B", 1],
])("users of lost gateway %s reconnect, and all others notice nothing", async (_, lost) => {
  const other = 1 - lost;
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atBob = await connect(embedded.target, bob, { gateway: other });
  const atAlice = await connect(embedded.target, alice, { gateway: lost });
  const { conversation } = await say(atAlice, bob, "before");
  const gateway = embedded.cloud.gateways[lost];
  await gateway?.stop();
  try {
    expect((await atAlice.closed).code).toBe(1001);
    await say(atBob, alice, "while you were away", [1, 1]);
    const again = await connect(embedded.target, alice, { gateway: other });
    const [synced] = (await again.sync({ [conversation]: [1, 1] })).conversations;
    expect(synced?.entries.map(({ seq }) => seq)).toEqual([2]);
    await say(again, bob, "back", [1, 2]);
    await eventually(
      "all at Bob's",
      () =>
        atBob
          .pushed(conversation)
          .map(({ seq }) => seq)
          .join() === "1,3",
    );
  } finally {
    await gateway?.start();
  }
  const home = await connect(embedded.target, alice, { gateway: lost });
  expect((await say(home, bob, "home", [1, 3])).seq).toBe(4);
});

test("a frame that cannot be published gets a temporary error, and can be sent again", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  tap.on(
    // Of the entries: presence is published too, whenever a connection of another test ends.
    ({ service, operation }, body) =>
      service === "sns" && operation === "Publish" && body.includes("MessageGroupId"),
    async () => awsError(500, "InternalError"),
    3,
  );
  const entry = text("try again");
  atAlice.send({ type: "send", to: { user: bob }, seen: 0, entries: [entry] });
  expect(await atAlice.next("error")).toMatchObject({
    ids: [entry.id],
    error: { code: "unavailable", temporary: true },
  });
  const posts = tap.calls.filter(({ operation, subject }) => operation === "POST" && subject === "error");
  // With direct ingest the refusal is the route's response, which saves the call.
  expect(posts).toHaveLength(INGEST === "direct" ? 0 : 1);
  atAlice.send({ type: "send", to: { user: bob }, seen: 0, entries: [entry] });
  expect((await atAlice.next("ack")).conversation).toBe(directConversationId(alice, bob));
});
