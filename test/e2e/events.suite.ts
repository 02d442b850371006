import type { PublishCommandInput } from "@aws-sdk/client-sns";
import * as v from "valibot";
import { expect, test } from "vitest";
import { type BackendMessage, backendMessage } from "../../backend/index.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import {
  MemberChanged,
  MessageCommitted,
  MessageRefused,
  MessageUndelivered,
} from "../../functions/ports/events.ts";
import { eventually } from "../support/eventually.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { append, createGroup, write } from "./support/group.ts";
import { connect, newUser, requireAbility, say, type Target, text } from "./support/target.ts";

export interface EventsTarget extends Target {
  /** Opens a queue that is subscribed to the outbound topic. */
  subscribe(filterPolicy: Record<string, readonly string[]>): Promise<Subscriber>;
  /** Publishes on the entries topic. */
  publish(message: Omit<PublishCommandInput, "TopicArn">): Promise<unknown>;
}

/** Promises to other services, which read from the outbound topic and write to the entries topic. */
export function eventsSuite(target: () => EventsTarget): void {
  const subscribe = (filterPolicy: Record<string, readonly string[]>) => target().subscribe(filterPolicy);
  const consumer = (...types: string[]) => subscribe({ type: types });
  const publish = (message: Omit<BackendMessage, "nowMs">, times = 1) =>
    Promise.all(
      Array.from({ length: times }, () =>
        target().publish(backendMessage({ ...message, nowMs: Date.now() } as BackendMessage)),
      ),
    );

  test("a queue that subscribes to message.committed gets every entry, edits and all, and nothing else", async (context) => {
    requireAbility("message.committed", target(), context);
    const search = await consumer("message.committed");
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
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

  test("a subscription can be for one conversation only", async (context) => {
    requireAbility("message.committed", target(), context);
    const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
    const conversation = directConversationId(alice, bob);
    const archive = await subscribe({
      type: ["message.committed"],
      conversation: [conversation],
    });
    const atAlice = await connect(target(), alice);
    await say(atAlice, carol, "for Carol");
    await say(atAlice, bob, "for Bob");
    await archive.next("Bob's", (message) => message.conversation === conversation);
    expect(archive.messages).toHaveLength(1);
  });

  test("`message.undelivered` names users who are offline and have not muted the conversation, and nobody else", async () => {
    const push = await consumer("message.undelivered");
    const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map(newUser) as [
      string,
      string,
      string,
      string,
    ];
    const atAlice = await connect(target(), alice);
    await connect(target(), bob);
    const group = await createGroup(atAlice, [bob, carol, dave], { title: "Lunch" });
    const atDave = await connect(target(), dave);
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

  test("members who join and leave are events, the first members too", async () => {
    const audit = await consumer("member.add", "member.remove", "member.leave");
    const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
    const atAlice = await connect(target(), alice);
    const atBob = await connect(target(), bob);
    const group = await createGroup(atAlice, [bob]);
    await append(atAlice, group, { kind: "member.add", body: { users: [carol, bob] } });
    await append(atAlice, group, { kind: "member.remove", body: { users: [carol] } });
    await append(atBob, group, { kind: "member.leave", body: {} });
    const ours = await audit.until("all four", (messages) => {
      const about = messages.filter(({ conversation }) => conversation === group);
      return about.length === 4 && about;
    });
    const told = ours
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

  test("presence reaches its subscribers", async () => {
    const dashboard = await consumer("presence.online", "presence.offline");
    const alice = newUser("alice");
    const wire = await connect(target(), alice);
    await dashboard.next("her arrival", ({ type, user }) => type === "presence.online" && user === alice);
    await wire.close();
    await dashboard.next("her departure", ({ type, user }) => type === "presence.offline" && user === alice, {
      timeoutMs: 45_000,
    });
  });

  test("a bot answers messages through the topics alone", async (context) => {
    requireAbility("message.committed", target(), context);
    const bot = newUser("echo-bot");
    const alice = newUser("alice");
    const conversation = directConversationId(alice, bot);
    const inbox = await subscribe({
      type: ["message.committed"],
      conversation: [conversation],
    });
    const atAlice = await connect(target(), alice);
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

  test("a back end writes to anyone, any number of times: each message arrives once", async () => {
    const alice = newUser("alice");
    const atAlice = await connect(target(), alice);
    const entries = [text("Your invoice is ready.")];
    const message = { sender: "billing", to: { user: alice }, entries };
    await publish(message as Omit<BackendMessage, "nowMs">, 3);
    const conversation = directConversationId("billing", alice);
    await eventually("it at Alice's", () => atAlice.pushed(conversation).length === 1);
    await publish({ sender: "billing", conversation, entries: [text("And paid.")] } as never);
    await eventually("the second at Alice's", () => atAlice.pushed(conversation).length === 2);
    expect((await atAlice.log(conversation)).map(({ sender }) => sender)).toEqual(["billing", "billing"]);
  });

  test("a back end creates a group, changes it, and writes in it without being a member", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    const create = { id: newUser("ticket"), title: "Ticket 7", members: [alice] };
    await publish({ sender: "helpdesk", create } as never);
    const { conversation } = await atAlice.next("joined");
    const entries = [{ id: "1", kind: "member.add", body: { users: [bob] } }];
    await publish({ sender: "workflow", conversation, entries } as never);
    await eventually("both entries at Alice's", () => atAlice.pushed(conversation).length === 2);
    expect(atAlice.pushed(conversation)[1]).toMatchObject({ sender: "workflow", kind: "member.add" });
  });

  test("in a member's name a back end can do no more than the member; the refusal is an event", async () => {
    const refusals = await consumer("message.refused");
    const [alice, bob, mallory] = [newUser("alice"), newUser("bob"), newUser("mallory")];
    const { conversation } = await say(await connect(target(), alice), bob, "private");
    const [entry] = [text("let me in")];
    await publish({ sender: mallory, system: false, conversation, entries: [entry] } as never);
    const refused = await refusals.next("the refusal", (message) => message.sender === mallory);
    expect(v.parse(MessageRefused, refused)).toMatchObject({
      conversation,
      ids: [entry.id],
      code: "not_found",
    });
  });
}
