import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendMessage, backendMessage } from "../../backend/index.ts";
import { groupConversationId } from "../../functions/core/log/conversation-id.ts";
import { EVENT_FAMILIES, MessageCommitted, MessageRefused } from "../../functions/ports/events.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser } from "../e2e/support/target.ts";
import { Subscriber } from "../support/subscriber.ts";

const MEMBERS = 231;
/** Three times what the group takes at once. */
const MESSAGES = 26;
const ENTRIES_PER_MESSAGE = 25;
const MOST_ROUNDS = 10;

let embedded: Embedded;
let sns: SNSClient;
let sqs: SQSClient;
let events: Subscriber;

beforeAll(async () => {
  embedded = await startEmbedded({ events: EVENT_FAMILIES });
  const { endpoints } = embedded.cloud;
  sns = new SNSClient(clientConfig(endpoints.sns, "eu-central-1"));
  sqs = new SQSClient(clientConfig(endpoints.sqs, "eu-central-1"));
});
afterAll(() => embedded.cloud.stop());

async function publish(message: BackendMessage): Promise<void> {
  const TopicArn = embedded.cloud.resources.channels.entries.topicArn;
  await sns.send(new PublishCommand({ TopicArn, ...backendMessage(message) }));
}

/** Creates a group, as a back end does. */
async function createGroup(alice: string): Promise<string> {
  const crowd = Array.from({ length: MEMBERS - 2 }, (_, index) => `crowd ${index} ${alice}`);
  const common = { sender: "importer", nowMs: embedded.cloud.clock.now() };
  const create = { id: newUser("import"), members: [alice, ...crowd.slice(0, 38)], history: "all" as const };
  const conversation = groupConversationId("importer", create.id);
  await publish({ ...common, create });
  for (let from = 38; from < crowd.length; from += 40) {
    const users = crowd.slice(from, from + 40);
    const entries = [{ id: `from-${from}`, kind: "member.add" as const, body: { users } }];
    await publish({ ...common, conversation, entries });
  }
  await events.until("its members", () => committedIds(0).has("from-198"));
  return conversation;
}

/** Ids of the entries that events since then say are in the log. */
function committedIds(since: number): Set<string> {
  const committed = events.messages.slice(since).filter(({ type }) => type === "message.committed");
  return new Set(committed.flatMap((event) => v.parse(MessageCommitted, event).entries.map(({ id }) => id)));
}

function refusalsOf(since: number) {
  const refused = events.messages.slice(since).filter(({ type }) => type === "message.refused");
  return refused.map((event) => v.parse(MessageRefused, event));
}

test("an import at full speed into a group loses nothing: what is refused is told when to come again, and lands", async () => {
  const { clock, resources } = embedded.cloud;
  const type = ["message.committed", "message.refused"];
  events = await Subscriber.open({ sns, sqs }, resources.channels.outbound.topicArn, { type });
  const alice = newUser("alice");
  const atAlice = await connect(embedded.target, alice);
  const conversation = await createGroup(alice);
  const idsOf = (message: number) =>
    Array.from({ length: ENTRIES_PER_MESSAGE }, (_, index) => `${message}.${index}`);
  const all = Array.from({ length: MESSAGES }, (_, message) => message);
  let left = all;
  let refusals = 0;
  for (let round = 0; round < MOST_ROUNDS && left.length > 0; round++) {
    const since = events.messages.length;
    for (const message of left) {
      const entries = idsOf(message).map((id) => ({ id, kind: "text" as const, body: { text: "of old" } }));
      await publish({ sender: "importer", conversation, entries, nowMs: clock.now() });
    }
    const isRefused = (message: number) => refusalsOf(since).some(({ ids }) => ids.includes(`${message}.0`));
    const isCommitted = (message: number) => committedIds(since).has(`${message}.0`);
    const isTold = (message: number) => isCommitted(message) || isRefused(message);
    await events.until("a word on each message", () => left.every(isTold), { timeoutMs: 30_000 });
    const told = refusalsOf(since);
    for (const refusal of told) {
      expect(refusal).toMatchObject({ sender: "importer", code: "rate_limited", temporary: true });
      expect(refusal.retryAfterMs).toBeGreaterThan(0);
    }
    left = left.filter(isRefused);
    refusals += told.length;
    clock.advance(Math.max(0, ...told.map(({ retryAfterMs = 0 }) => retryAfterMs)) * left.length);
  }
  expect(refusals).toBeGreaterThan(0);
  expect(left).toEqual([]);
  const imported = (await atAlice.log(conversation)).filter(({ kind }) => kind === "text");
  expect(imported.map(({ id }) => id).sort()).toEqual(all.flatMap(idsOf).sort());
});
