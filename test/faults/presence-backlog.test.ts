import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { append, createGroup, write } from "../e2e/support/group.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";

/** Batches of a queue that `deliver` takes at a time. */
const WORKERS = 2;
/** Users who come online: more than all workers take at a time. */
const BACKLOG = 24;

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose, workers: { deliver: WORKERS } });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

/** The first thing that is read for a change of somebody's presence. */
const isWatchersRead = ({ operation, subject }: AwsCall) => operation === "Query" && subject === "W";

/** Lets many users come online while no watcher can be read, so that all workers are busy with that. */
async function backlogOfPresence(): Promise<{ readonly held: () => boolean }> {
  const held: AwsCall[] = [];
  tap.on(isWatchersRead, async (call) => {
    held.push(call);
    return undefined;
  });
  const users = Array.from({ length: BACKLOG }, (_, index) => newUser(`crowd${index}`));
  // Not all at once, which is another test: handshakes time out where many share a CPU.
  for (const user of users) await connect(embedded.target, user);
  await eventually("workers that wait", () => held.length >= WORKERS);
  return { held: () => held.every(({ status }) => status === undefined) };
}

test("a push that was throttled does not wait for the presence of others", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atBob = await connect(embedded.target, bob);
  const connection = await connectionOf(embedded.cloud, bob);
  const atAlice = await connect(embedded.target, alice);
  const backlog = await backlogOfPresence();
  tap.on(
    ({ operation, connection: to }) => operation === "POST" && to === connection,
    async () => awsError(429, "LimitExceededException"),
    1,
  );
  const { conversation } = await say(atAlice, bob, "not to be kept waiting");
  await eventually("it at Bob's", () => atBob.pushed(conversation).length === 1);
  expect(backlog.held()).toBe(true);
});

test("messages of a large group do not wait for the presence of others", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const members = Array.from({ length: 120 }, (_, index) => newUser(`member${index}`));
  const atAlice = await connect(embedded.target, alice);
  const conversation = await createGroup(atAlice, [bob, ...members.slice(0, 39)], { title: "Many" });
  for (const first of [39, 79]) {
    const users = members.slice(first, first + 40);
    expect((await append(atAlice, conversation, { kind: "member.add", body: { users } })).refused).toBe(
      undefined,
    );
  }
  const atBob = await connect(embedded.target, bob);
  const backlog = await backlogOfPresence();
  const { seq } = await write(atAlice, conversation, "to all of you");
  await eventually("it at Bob's", () => atBob.pushed(conversation).some((entry) => entry.seq === seq));
  expect(backlog.held()).toBe(true);
});
