import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import { AwsTap } from "../support/aws/aws-tap.ts";
import { conflict } from "../support/aws/transaction-conflicts.ts";
import { eventually } from "../support/eventually.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

const inboxRow = (user: string, conversation: string) => `U#${user} C#${conversation}`;
const refusals = () => tap.calls.filter(({ status }) => status === 400).length;

/** Starts a conversation of two users with one message of the first. */
async function conversation() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const atBob = await connect(embedded.target, bob);
  const { conversation: id } = await say(atBob, alice, "hello");
  await say(atAlice, bob, "hello", [1, 1]);
  await eventually("it at Bob's", () => atBob.pushed(id).length === 1);
  return { id, alice, bob, atAlice, atBob };
}

test("a cursor that meets a commit on the same inbox row still moves, and the sender gets the receipt", async () => {
  const { id, bob, atAlice, atBob } = await conversation();
  conflict(tap, { on: (key) => key === inboxRow(bob, id), times: 2 });
  atBob.send({ type: "read", conversation: id, seq: 1 });
  const receipt = await atAlice.next("receipt", ({ user }) => user === bob);
  expect(receipt.readSeq).toBe(1);
  expect(refusals()).toBe(2);
});

test("a user who mutes while somebody commits is answered once, and the conversation is muted", async () => {
  const { id, bob, atBob } = await conversation();
  conflict(tap, { on: (key) => key === inboxRow(bob, id), times: 2 });
  await atBob.request({ type: "mute", conversation: id, muted: true });
  const [row] = (await atBob.sync()).conversations;
  expect(row).toMatchObject({ conversation: id, muted: true });
  expect(refusals()).toBe(2);
});

test("a connection opens although the user's item is in a transaction", async () => {
  const alice = newUser("alice");
  conflict(tap, { on: (key) => key === `U#${alice} USER`, times: 2 });
  const atAlice = await connect(embedded.target, alice);
  await say(atAlice, newUser("bob"), "hello");
  expect(refusals()).toBe(2);
});

test("only the chosen write of an item fails", async () => {
  const { id, bob, atBob, atAlice } = await conversation();
  conflict(tap, { on: (key) => key === inboxRow(bob, id), nth: 2 });
  await atBob.request({ type: "mute", conversation: id, muted: true });
  expect(refusals()).toBe(0);
  atBob.send({ type: "read", conversation: id, seq: 1 });
  await atAlice.next("receipt", ({ user }) => user === bob);
  expect(refusals()).toBe(1);
});
