import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendMessage, BackendMessageError, backendMessage } from "../../backend/index.ts";
import { directConversationId } from "../../functions/core/conversation-id.ts";
import {
  EVENT_FAMILIES,
  MemberChanged,
  MessageCommitted,
  MessageRefused,
  MessageUndelivered,
} from "../../functions/ports/events.ts";
import { clientConfig } from "../../local/sdk.ts";
import { eventually } from "../support/eventually.ts";
import { Subscriber } from "../support/subscriber.ts";
import { type Embedded, startEmbedded } from "./embedded.ts";
import { append, createGroup, write } from "./group.ts";
import { connect, newUser, say, text } from "./target.ts";

let embedded: Embedded;
let sns: SNSClient;

beforeAll(async () => {
  embedded = await startEmbedded({ events: EVENT_FAMILIES, presenceGraceSeconds: 1 });
  sns = new SNSClient(clientConfig(embedded.cloud.endpoints.sns, "eu-central-1"));
});
afterAll(() => embedded.cloud.stop());

const consumer = (...types: string[]) => Subscriber.open(embedded.cloud, { type: types });
const publish = (message: Omit<BackendMessage, "nowMs">, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () =>
      sns.send(
        new PublishCommand({
          TopicArn: embedded.cloud.resources.channels.entries.topicArn,
          ...backendMessage({ ...message, nowMs: Date.now() } as BackendMessage),
        }),
      ),
    ),
  );

test("a queue that subscribes to message.committed gets every entry, edits and all, and nothing else", async () => {
  const search = await consumer("message.committed");
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { conversation, seq } = await say(atAlice, bob, "index me");
  await append(atAlice, conversation, { kind: "edit", body: { of: seq, text: "index me again" } });
  const edited = await search.next("the edit", ({ entries }) =>
    (entries as { kind: string }[]).some(({ kind }) => kind === "edit"),
  );
  expect(v.parse(MessageCommitted, edited)).toMatchObject({ conversation, kind: "direct", epoch: 1 });
  const [first] = search.messages;
  expect(v.parse(MessageCommitted, first).entries).toMatchObject([{ seq, sender: alice, kind: "text" }]);
  expect(new Set(search.messages.map(({ type }) => type))).toEqual(new Set(["message.committed"]));
});

test("a subscription can be for one conversation only", async () => {
  const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
  const conversation = directConversationId(alice, bob);
  const archive = await Subscriber.open(embedded.cloud, {
    type: ["message.committed"],
    conversation: [conversation],
  });
  const atAlice = await connect(embedded.target, alice);
  await say(atAlice, carol, "for Carol");
  await say(atAlice, bob, "for Bob");
  await archive.next("Bob's", (message) => message.conversation === conversation);
  expect(archive.messages).toHaveLength(1);
});

test("mobile push is asked for whoever is offline and has not muted the conversation, and for nobody else", async () => {
  const push = await consumer("message.undelivered");
  const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map(newUser) as [
    string,
    string,
    string,
    string,
  ];
  const atAlice = await connect(embedded.target, alice);
  await connect(embedded.target, bob);
  const group = await createGroup(atAlice, [bob, carol, dave], { title: "Lunch" });
  const atDave = await connect(embedded.target, dave);
  await atDave.request({ type: "mute", conversation: group, muted: true });
  await atDave.close();
  const { seq } = await write(atAlice, group, "who is hungry?");
  const asked = await push.next("Carol's", (message) => message.conversation === group);
  const preview = { seq, sender: alice, kind: "text", text: "who is hungry?" };
  expect(v.parse(MessageUndelivered, asked)).toMatchObject({
    title: "Lunch",
    users: [carol],
    messages: [preview],
  });
});

test("members that come and go are told, the founders too", async () => {
  const audit = await consumer("member.add", "member.remove", "member.leave");
  const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
  const atAlice = await connect(embedded.target, alice);
  const atBob = await connect(embedded.target, bob);
  const group = await createGroup(atAlice, [bob]);
  await append(atAlice, group, { kind: "member.add", body: { users: [carol, bob] } });
  await append(atAlice, group, { kind: "member.remove", body: { users: [carol] } });
  await append(atBob, group, { kind: "member.leave", body: {} });
  await audit.next("the last", ({ type }) => type === "member.leave");
  await eventually("all four", async () => audit.messages.length === 4);
  const told = audit.messages
    .map((message) => v.parse(MemberChanged, message))
    .sort((a, b) => a.seq - b.seq)
    .map(({ type, users, sender }) => ({ type, users, sender }));
  expect(told).toEqual([
    { type: "member.add", users: [alice, bob], sender: alice },
    { type: "member.add", users: [carol], sender: alice },
    { type: "member.remove", users: [carol], sender: alice },
    { type: "member.leave", users: [bob], sender: bob },
  ]);
});

test("presence is told to whoever subscribes to it", async () => {
  const dashboard = await consumer("presence.online", "presence.offline");
  const alice = newUser("alice");
  const wire = await connect(embedded.target, alice);
  await dashboard.next("her arrival", ({ type, user }) => type === "presence.online" && user === alice);
  await wire.close();
  await dashboard.next("her departure", ({ type, user }) => type === "presence.offline" && user === alice);
});

test("a bot answers what it is written, through the topics alone", async () => {
  const bot = newUser("echo-bot");
  const alice = newUser("alice");
  const conversation = directConversationId(alice, bot);
  const inbox = await Subscriber.open(embedded.cloud, {
    type: ["message.committed"],
    conversation: [conversation],
  });
  const atAlice = await connect(embedded.target, alice);
  await say(atAlice, bot, "hello bot");
  const event = v.parse(MessageCommitted, await inbox.next("the question", () => true));
  const [question] = event.entries;
  await publish({
    sender: bot,
    system: false,
    conversation,
    entries: [{ id: `re-${question?.seq}`, kind: "text", body: { text: "you said: hello bot" } }],
  } as Omit<BackendMessage, "nowMs">);
  const answer = await atAlice.next("entries", ({ entries }) => entries[0]?.sender === bot);
  expect(answer.entries).toMatchObject([{ seq: 2, kind: "text", body: { text: "you said: hello bot" } }]);
});

test("a back end writes to whom it likes, as often as it likes: once each", async () => {
  const alice = newUser("alice");
  const atAlice = await connect(embedded.target, alice);
  const entries = [text("Your invoice is ready.")];
  const message = { sender: "billing", to: { user: alice }, entries };
  await publish(message as Omit<BackendMessage, "nowMs">, 3);
  const conversation = directConversationId("billing", alice);
  await eventually("it at Alice's", () => atAlice.pushed(conversation).length === 1);
  await publish({ sender: "billing", conversation, entries: [text("And paid.")] } as never);
  await eventually("the second at Alice's", () => atAlice.pushed(conversation).length === 2);
  expect((await atAlice.log(conversation)).map(({ sender }) => sender)).toEqual(["billing", "billing"]);
});

test("the same message published again after SNS has forgotten it is in the log once", async () => {
  const alice = newUser("alice");
  const atAlice = await connect(embedded.target, alice);
  const entries = [text("once")];
  const conversation = directConversationId("billing", alice);
  const message = { sender: "billing", to: { user: alice }, entries, nowMs: Date.now() };
  for (const MessageDeduplicationId of ["first", "second"].map((name) => `${name} ${alice}`)) {
    const TopicArn = embedded.cloud.resources.channels.entries.topicArn;
    const input = { TopicArn, ...backendMessage(message), MessageDeduplicationId };
    await sns.send(new PublishCommand(input));
  }
  await publish({ sender: "billing", conversation, entries: [text("then")] } as never);
  await eventually("the next at Alice's", () => atAlice.pushed(conversation).length === 2);
  expect(await atAlice.log(conversation)).toHaveLength(2);
});

test("a back end makes a group, changes it, and speaks in it without being a member", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const create = { id: newUser("ticket"), title: "Ticket 7", members: [alice] };
  await publish({ sender: "helpdesk", create } as never);
  const { conversation } = await atAlice.next("joined");
  const entries = [{ id: "1", kind: "member.add", body: { users: [bob] } }];
  await publish({ sender: "workflow", conversation, entries } as never);
  await eventually("both entries at Alice's", () => atAlice.pushed(conversation).length === 2);
  expect(atAlice.pushed(conversation)[1]).toMatchObject({ sender: "workflow", kind: "member.add" });
});

test("in a member's own name no more is possible than the member may; the refusal is an event", async () => {
  const refusals = await consumer("message.refused");
  const [alice, bob, mallory] = [newUser("alice"), newUser("bob"), newUser("mallory")];
  const { conversation } = await say(await connect(embedded.target, alice), bob, "private");
  const [entry] = [text("let me in")];
  await publish({ sender: mallory, system: false, conversation, entries: [entry] } as never);
  const refused = await refusals.next("the refusal", (message) => message.sender === mallory);
  expect(v.parse(MessageRefused, refused)).toMatchObject({
    conversation,
    ids: [entry.id],
    code: "not_found",
  });
});

test("a message that is not of the protocol is refused before it is published", () => {
  const broken = { sender: "billing", to: { user: "alice" }, nowMs: 1 };
  expect(() => backendMessage({ ...broken, entries: [] })).toThrow(BackendMessageError);
  const entries = [{ id: "1", kind: "text", body: { txet: "hi" } }] as never;
  expect(() => backendMessage({ ...broken, entries })).toThrow(/^entries\.0\.body/);
});
