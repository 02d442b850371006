import { expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import type { Entry } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";
import { append, createGroup, write } from "./support/group.ts";
import { connect, newUser, say, type Target } from "./support/target.ts";

/** Receipts, unread counts, edits, reactions, typing, blocks, tested through the endpoint alone. */
export function conversationsSuite(target: () => Target): void {
  async function pair() {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [
      await connect(target(), alice, { gateway: 0 }),
      await connect(target(), bob, { gateway: 1 }),
    ];
    return { alice, bob, atAlice, atBob };
  }
  async function synced(wire: Wire, conversation: string, cursor?: number) {
    const { conversations } = await wire.sync(cursor === undefined ? {} : { [conversation]: [1, cursor] });
    return conversations.find((one) => one.conversation === conversation);
  }
  const entryOf = async (wire: Wire, conversation: string, seq: number): Promise<Entry | undefined> =>
    (await wire.history({ conversation, after: seq - 1, limit: 1 })).entries[0];
  const pushed = (wire: Wire, conversation: string, seq: number) =>
    eventually(`entry ${seq}`, () => wire.pushed(conversation).find((entry) => entry.seq === seq), {
      timeoutMs: 15_000,
    });

  test("the sender learns that a message was delivered and read, and so do the reader's other devices", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atBob, alice, "zero");
    await say(atAlice, bob, "one", [1, 1]);
    await say(atAlice, bob, "two", [1, 2]);
    const laptop = await connect(target(), bob);
    atBob.send({ type: "delivered", conversation, seq: 3 });
    expect(await atAlice.next("receipt")).toMatchObject({ conversation, user: bob, deliveredSeq: 3 });
    atBob.send({ type: "read", conversation, seq: 2 });
    const receipt = { conversation, user: bob, readSeq: 2 };
    await atAlice.next("receipt", ({ readSeq }) => readSeq === 2);
    expect(await laptop.next("receipt", ({ readSeq }) => readSeq === 2)).toMatchObject(receipt);
    expect(atBob.all("receipt")).toEqual([]);
    expect((await synced(atAlice, conversation))?.receipts).toEqual([
      { user: bob, readSeq: 2, deliveredSeq: 3 },
    ]);
    expect(await synced(atBob, conversation)).toMatchObject({ readSeq: 2, unread: 1 });
  });

  test("receipts that come late, twice or in the wrong order change nothing", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atBob, alice, "one");
    for (let seq = 1; seq < 5; seq++) await say(atAlice, bob, "more", [1, seq]);
    atBob.send({ type: "read", conversation, seq: 4 });
    await atAlice.next("receipt", ({ readSeq }) => readSeq === 4);
    for (const seq of [4, 2, 3]) atBob.send({ type: "read", conversation, seq });
    atBob.send({ type: "delivered", conversation, seq: 3 });
    atBob.send({ type: "delivered", conversation, seq: 5 });
    await atAlice.next("receipt", ({ deliveredSeq }) => deliveredSeq === 5);
    expect((await synced(atAlice, conversation))?.receipts).toEqual([
      { user: bob, readSeq: 4, deliveredSeq: 5 },
    ]);
    expect(atAlice.all("receipt").map(({ readSeq, deliveredSeq }) => readSeq ?? deliveredSeq)).toEqual([
      4, 5,
    ]);
  });

  test("a receipt for a conversation the user is not in is refused, and the connection stays open", async () => {
    const { atAlice } = await pair();
    atAlice.send({ type: "read", conversation: `d${"x".repeat(43)}`, seq: 1 });
    expect(await atAlice.next("error")).toMatchObject({ error: { code: "not_found" } });
    atAlice.send({ type: "ping" });
    await atAlice.next("pong");
  });

  test("in a group everyone's cursors are pushed, and can be queried in pages", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const carol = newUser("carol");
    const group = await createGroup(atAlice, [bob, carol]);
    const atCarol = await connect(target(), carol);
    for (const wire of [atBob, atCarol]) await write(wire, group, "hello");
    const { seq } = await write(atAlice, group, "hello");
    atBob.send({ type: "read", conversation: group, seq });
    await atAlice.next("receipt", ({ user }) => user === bob);
    const { receipts } = (await atAlice.request({ type: "receipts", conversation: group })) as {
      receipts: { user: string }[];
    };
    expect([...receipts].sort((a, b) => a.user.localeCompare(b.user))).toEqual([
      { user: alice, readSeq: 0, deliveredSeq: 0 },
      { user: bob, readSeq: seq, deliveredSeq: seq },
      { user: carol, readSeq: 0, deliveredSeq: 0 },
    ]);
    expect((await synced(atAlice, group))?.receipts).toHaveLength(2);
  });

  test("in a large group receipts and typing are pushed to nobody else, but receipts can be queried", async () => {
    const { bob, atAlice, atBob } = await pair();
    const crowd = Array.from({ length: 35 }, (_, index) => `crowd ${index} ${bob}`);
    const group = await createGroup(atAlice, [bob, ...crowd]);
    await write(atBob, group, "hello");
    const { seq } = await write(atAlice, group, "hello all");
    const laptop = await connect(target(), bob);
    atBob.send({ type: "typing", conversation: group });
    for (const cursor of [1, seq]) {
      atBob.send({ type: "read", conversation: group, seq: cursor });
      await laptop.next("receipt", ({ readSeq }) => readSeq === cursor);
    }
    // Everybody has been added by Alice, who is told of those who have written.
    const { receipts } = (await atBob.request({ type: "receipts", conversation: group })) as {
      receipts: { user: string; readSeq: number }[];
    };
    expect(receipts).toHaveLength(37);
    expect(receipts.find(({ user }) => user === bob)?.readSeq).toBe(seq);
    expect((await synced(atAlice, group))?.receipts).toBeUndefined();
    expect([...atAlice.all("receipt"), ...atAlice.all("typing")]).toEqual([]);
    // The group is small again: Bob's next sync updates his row.
    await append(atAlice, group, { kind: "member.remove", body: { users: crowd.slice(0, 10) } });
    await synced(atBob, group);
    const last = await write(atAlice, group, "fewer now");
    // Of one connection, only a receipt a second is pushed.
    laptop.send({ type: "read", conversation: group, seq: last.seq });
    expect(await atAlice.next("receipt")).toMatchObject({ user: bob, readSeq: last.seq });
  });

  test("unread counts others' messages after the cursor, exactly up to 99", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atAlice, bob, "one");
    await append(atBob, conversation, { kind: "text", body: { text: "my own" } });
    await append(atAlice, conversation, { kind: "x.poll", body: { question: "?" } });
    const deleted = await write(atAlice, conversation, "oops");
    await append(atAlice, conversation, { kind: "delete", body: { of: deleted.seq } });
    await append(atAlice, conversation, { kind: "reaction", body: { of: 2, key: "👍" } });
    expect(await synced(atBob, conversation)).toMatchObject({ unread: 2, readSeq: 0 });
    expect(await synced(atBob, conversation, 6)).toMatchObject({ unread: 2, entries: [] });
    atBob.send({ type: "read", conversation, seq: 1 });
    await atAlice.next("receipt");
    expect(await synced(atBob, conversation, 1)).toMatchObject({ unread: 1 });
    for (const count of [25, 25, 25, 25]) {
      const entries = Array.from({ length: count }, (_, index) => ({
        id: `${count}-${index}-${Math.random()}`,
        kind: "text" as const,
        body: { text: "x" },
      }));
      atAlice.send({ type: "send", conversation, entries });
      const last = entries.at(-1)?.id;
      await atAlice.next("ack", (ack) => ack.entries.some(({ id }) => id === last));
    }
    atBob.send({ type: "read", conversation, seq: 7 });
    await atAlice.next("receipt", ({ readSeq }) => readSeq === 7);
    expect(await synced(atBob, conversation, 106)).toMatchObject({ lastSeq: 106, unread: 99 });
    const laptop = await connect(target(), bob);
    expect(await synced(laptop, conversation)).toMatchObject({ unread: 99 });
    await write(atAlice, conversation, "one too many to count");
    expect(await synced(laptop, conversation)).toMatchObject({ unread: 100 });
  });

  test("an edit is pushed to everyone, and a message loaded later is edited", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation, seq } = await say(atAlice, bob, "helo Bob");
    const edit = await append(atAlice, conversation, { kind: "edit", body: { of: seq, text: "hello Bob!" } });
    expect(await pushed(atBob, conversation, edit.seq)).toMatchObject({
      kind: "edit",
      body: { of: seq, text: "hello Bob!" },
    });
    expect(await entryOf(atBob, conversation, seq)).toMatchObject({
      kind: "text",
      body: { text: "hello Bob!" },
      editedAtMs: expect.any(Number),
    });
    const again = await append(atAlice, conversation, { kind: "edit", body: { of: seq, text: "hi Bob" } });
    expect((await entryOf(atBob, conversation, seq))?.body).toEqual({ text: "hi Bob" });
    // At most one edit has the current text.
    expect((await entryOf(atBob, conversation, edit.seq))?.body).toEqual({ of: seq });
    expect((await entryOf(atBob, conversation, again.seq))?.body).toEqual({ of: seq, text: "hi Bob" });
    expect((await synced(atBob, conversation))?.preview).toMatchObject({ seq, text: "hi Bob" });
  });

  test("deleted text is gone from the message, its edits and the preview", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation, seq } = await say(atAlice, bob, "regret");
    await append(atAlice, conversation, { kind: "edit", body: { of: seq, text: "regret more" } });
    await append(atBob, conversation, { kind: "reaction", body: { of: seq, key: "😮" } });
    const deletion = await append(atAlice, conversation, { kind: "delete", body: { of: seq } });
    expect(await pushed(atBob, conversation, deletion.seq)).toMatchObject({
      kind: "delete",
      body: { of: seq },
    });
    const log = await atBob.log(conversation);
    expect(JSON.stringify(log)).not.toContain("regret");
    expect(log[0]).toMatchObject({ seq, kind: "text", body: null, deletedAtMs: expect.any(Number) });
    expect(JSON.stringify(await synced(atBob, conversation))).not.toContain("regret");
    const late = { kind: "edit" as const, body: { of: seq, text: "back again" } };
    expect(await append(atAlice, conversation, late)).toMatchObject({ refused: "conflict" });
  });

  test("only the author can edit and delete, or an admin in a group", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation, seq } = await say(atAlice, bob, "mine");
    const edit = (of: number) => ({ kind: "edit" as const, body: { of, text: "yours" } });
    const remove = (of: number) => ({ kind: "delete" as const, body: { of } });
    expect(await append(atBob, conversation, edit(seq))).toMatchObject({ refused: "forbidden" });
    expect(await append(atBob, conversation, remove(seq))).toMatchObject({ refused: "forbidden" });
    expect(await append(atAlice, conversation, remove(99))).toMatchObject({ refused: "not_found" });
    const group = await createGroup(atAlice, [bob]);
    const bobs = await write(atBob, group, "rude");
    expect(await append(atAlice, group, remove(bobs.seq))).toMatchObject({ refused: undefined });
    const alices = await write(atAlice, group, "polite");
    expect(await append(atBob, group, remove(alices.seq))).toMatchObject({ refused: "forbidden" });
  });

  test("reactions are sets: a repeated one counts once, and each user removes their own", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const { conversation, seq } = await say(atAlice, bob, "cake!");
    const react = (wire: Wire, key: string, remove?: boolean) =>
      append(wire, conversation, {
        kind: "reaction",
        body: { of: seq, key, ...(remove !== undefined && { remove }) },
      });
    await react(atBob, "🎂");
    await react(atAlice, "🎂");
    await react(atBob, "👍");
    expect(await react(atBob, "👍")).toMatchObject({ refused: "conflict" });
    expect((await entryOf(atBob, conversation, seq))?.reactions).toEqual({ "🎂": [bob, alice], "👍": [bob] });
    await react(atBob, "👍", true);
    expect(await react(atAlice, "👍", true)).toMatchObject({ refused: "conflict" });
    expect((await entryOf(atBob, conversation, seq))?.reactions).toEqual({ "🎂": [bob, alice] });
  });

  test("entries of an application's own kind pass unchanged", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atAlice, bob, "look");
    const body = { url: "https://example.com/a.png", size: [1, 2, { deep: null }] };
    const { seq } = await append(atAlice, conversation, { kind: "x.image", body });
    expect(await pushed(atBob, conversation, seq)).toMatchObject({ kind: "x.image", body });
  });

  test("typing is pushed to the others while it lasts, and stored nowhere", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atAlice, bob, "hi");
    await say(atBob, alice, "hi", [1, 1]);
    for (let index = 0; index < 5; index++) atAlice.send({ type: "typing", conversation });
    expect(await atBob.next("typing")).toEqual({ type: "typing", conversation, user: alice });
    await write(atAlice, conversation, "there");
    await pushed(atBob, conversation, 3);
    expect(atAlice.all("typing")).toEqual([]);
    expect((await atBob.log(conversation)).map(({ kind }) => kind)).toEqual(["text", "text", "text"]);
  });

  test("a blocked user can neither write nor show typing until they are unblocked", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atAlice, bob, "hello");
    await say(atBob, alice, "hello", [1, 1]);
    expect((await atAlice.presence([bob])).refused).toEqual([]);
    await atBob.request({ type: "block", user: alice });
    expect(await atAlice.presence([bob])).toEqual({ users: [], refused: [bob] });
    expect(await write(atAlice, conversation, "please?")).toMatchObject({ refused: "blocked" });
    atAlice.send({ type: "typing", conversation });
    expect(await atAlice.next("error")).toMatchObject({ error: { code: "blocked" } });
    expect(await synced(atBob, conversation)).toMatchObject({ blocking: true });
    expect((await synced(atAlice, conversation))?.blocking).toBeUndefined();
    expect(await write(atBob, conversation, "leave me alone")).toMatchObject({ refused: undefined });
    const other = await connect(target(), newUser("carol"));
    expect(await createGroupWith(atAlice, bob)).toBe("blocked");
    await createGroup(other, [bob, alice]);

    await atBob.request({ type: "unblock", user: alice });
    const { seq } = await write(atAlice, conversation, "thank you");
    await pushed(atBob, conversation, seq);
    expect(atBob.all("typing")).toEqual([]);
  });

  test("a user can be blocked before ever writing, and does not learn of it before they try", async () => {
    const { alice, bob, atAlice, atBob } = await pair();
    await atBob.request({ type: "block", user: alice });
    expect((await atAlice.sync()).conversations).toEqual([]);
    expect((await atBob.sync()).conversations).toMatchObject([{ peer: alice, lastSeq: 0, blocking: true }]);
    const id = "blocked-entry";
    atAlice.send({
      type: "send",
      to: { user: bob },
      seen: 0,
      entries: [{ id, kind: "text", body: { text: "hi" } }],
    });
    expect(await atAlice.next("reject")).toMatchObject({ ids: [id], error: { code: "blocked" } });
    // Every frame that names the conversation is answered as if there were none.
    const conversation = directConversationId(alice, bob);
    for (const request of [
      { type: "history", conversation },
      { type: "members", conversation },
      { type: "receipts", conversation },
      { type: "mute", conversation, muted: true },
      { type: "keep", conversation, seconds: 3600 },
      { type: "forget", conversation },
    ] as const) {
      await expect(atAlice.request(request)).rejects.toMatchObject({ code: "not_found" });
    }
    for (const frame of [
      { type: "read", conversation, seq: 1 },
      { type: "delivered", conversation, seq: 1 },
      { type: "typing", conversation },
    ] as const) {
      const before = atAlice.all("error").length;
      atAlice.send(frame);
      await eventually(`an error for ${frame.type}`, () => atAlice.all("error").length > before);
      expect(atAlice.all("error").at(-1)).toMatchObject({ error: { code: "not_found" } });
    }
    await atBob.request({ type: "unblock", user: alice });
    expect((await atBob.presence([alice])).refused).toEqual([alice]);
    await say(atAlice, bob, "hello after all", 0);
    await say(atBob, alice, "well, hello", [1, 1]);
    expect((await atBob.presence([alice])).refused).toEqual([]);
    await expect(atBob.request({ type: "block", user: bob })).rejects.toMatchObject({ code: "conflict" });
  });

  test("a muted conversation is delivered as before, and listed as muted", async () => {
    const { bob, atAlice, atBob } = await pair();
    const { conversation } = await say(atAlice, bob, "one");
    await atBob.request({ type: "mute", conversation, muted: true });
    const { seq } = await write(atAlice, conversation, "two");
    await pushed(atBob, conversation, seq);
    expect(await synced(atBob, conversation)).toMatchObject({ muted: true });
    await atBob.request({ type: "mute", conversation, muted: false });
    expect((await synced(atBob, conversation))?.muted).toBeUndefined();
    const nowhere = { type: "mute" as const, conversation: `d${"x".repeat(43)}`, muted: true };
    await expect(atBob.request(nowhere)).rejects.toMatchObject({ code: "not_found" });
  });

  /** Returns the code with which creating a group is refused. */
  async function createGroupWith(wire: Wire, user: string): Promise<string> {
    const id = `refused-${Math.random()}`;
    wire.send({ type: "create", id, members: [user] });
    return (await wire.next("reject", ({ ids }) => ids.includes(id))).error.code;
  }
}
