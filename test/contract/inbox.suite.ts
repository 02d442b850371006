import { expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { nextVersion } from "../../functions/core/log/head-version.ts";
import type { Inbox } from "../../functions/ports/inbox.ts";
import { create, type LogAndInbox, member, newDirect, newGroup, newUser, signal } from "./log-fixtures.ts";

/** Contract of every `Inbox` over the store of a log. */
export function inboxSuite(open: () => LogAndInbox): void {
  test("a new conversation is in the inbox of both, with the other as peer", async () => {
    const { log, inbox } = open();
    const created = newDirect();
    await create(log, created);
    const [alice, bob] = created.users;
    const row = {
      conversation: created.conversation,
      role: "member",
      ranges: [[1]],
      changedAtMs: expect.any(Number),
    };
    expect(await inbox.list(alice, { from: undefined, limit: 5 }, signal)).toEqual({
      rows: [{ ...row, peer: bob }],
      next: undefined,
    });
    expect((await inbox.list(bob, { from: undefined, limit: 5 }, signal)).rows).toEqual([
      { ...row, peer: alice },
    ]);
    expect(await inbox.list("nobody", { from: undefined, limit: 5 }, signal)).toEqual({
      rows: [],
      next: undefined,
    });
  });

  test("a row is forgotten only if it has the ranges that the user saw, and with all that is in it", async () => {
    const { log, inbox } = open();
    const created = newDirect();
    await create(log, created);
    const { conversation, users } = created;
    const key = { user: users[0], conversation };
    expect(await inbox.forget(key, [[1, 1]], signal)).toBe(false);
    expect(await inbox.rows([key], signal)).not.toEqual([undefined]);
    expect(await inbox.forget(key, [[1]], signal)).toBe(true);
    expect(await inbox.rows([key], signal)).toEqual([undefined]);
    expect(await inbox.forget(key, [[1]], signal)).toBe(false);
  });

  const forgottenOf = async (inbox: Inbox, user: string) =>
    (await inbox.forgotten(user, { from: undefined, limit: 5 }, signal)).rows;

  /** Creates direct conversations of one user. */
  async function inboxOf({ log }: LogAndInbox, user: string, count: number): Promise<string[]> {
    const friends = Array.from({ length: count }, (_, index) => `friend ${index}`);
    return Promise.all(
      friends.map(async (friend) => {
        const conversation = directConversationId(user, friend);
        const members = [user, friend].map((name) => member(name));
        await create(log, { ...newDirect(), conversation, members });
        return conversation;
      }),
    );
  }

  test("forgotten conversations are found, some at a time, and can be recalled", async () => {
    const ports = open();
    const { inbox } = ports;
    const user = newUser();
    const conversations = await inboxOf(ports, user, 3);
    expect(await forgottenOf(inbox, user)).toEqual([]);
    for (const conversation of conversations) await inbox.forget({ user, conversation }, [[1]], signal);
    const [one = "", two = "", three = ""] = [...conversations].sort();
    const page = await inbox.forgotten(user, { from: undefined, limit: 2 }, signal);
    expect(page).toMatchObject({
      rows: [{ conversation: one, ranges: [[1]] }, { conversation: two }],
      next: three,
    });
    const rest = await inbox.forgotten(user, { from: three, limit: 2 }, signal);
    expect(rest).toMatchObject({ rows: [{ conversation: three }], next: undefined });
    const [first = ""] = conversations;
    await inbox.recall({ user, conversation: first }, signal);
    expect(await inbox.rows([{ user, conversation: first }], signal)).toMatchObject([{ ranges: [[1]] }]);
    expect(await forgottenOf(inbox, user)).toHaveLength(2);
  });

  test("what the user has again is not recalled, and what was not forgotten neither", async () => {
    const ports = open();
    const { log, inbox } = ports;
    const user = newUser();
    const [conversation = ""] = await inboxOf(ports, user, 1);
    const key = { user, conversation };
    const [row] = await inbox.rows([key], signal);
    await inbox.recall(key, signal);
    expect(await inbox.rows([key], signal)).toEqual([row]);
    await inbox.forget(key, [[1]], signal);
    const { head } = (await log.read(conversation, [], signal)) ?? {};
    if (head === undefined) throw new Error("the conversation is gone");
    const members = [member(user, { ranges: [[2]] })];
    const after = { ...head, version: nextVersion(head.version, head.epoch) };
    await log.change(conversation, { before: head, after, segments: [], members }, signal);
    await inbox.recall(key, signal);
    expect(await inbox.rows([key], signal)).toMatchObject([{ ranges: [[2]] }]);
    expect(await forgottenOf(inbox, user)).toEqual([]);
  });

  test("a removed row leaves nothing, and one with other ranges is not removed", async () => {
    const ports = open();
    const { inbox } = ports;
    const user = newUser();
    const [conversation = ""] = await inboxOf(ports, user, 1);
    const key = { user, conversation };
    expect(await inbox.remove(key, [[1, 1]], signal)).toBe(false);
    expect(await inbox.rows([key], signal)).not.toEqual([undefined]);
    expect(await inbox.remove(key, [[1]], signal)).toBe(true);
    expect(await inbox.rows([key], signal)).toEqual([undefined]);
    expect(await forgottenOf(inbox, user)).toEqual([]);
    expect(await inbox.remove(key, [[1]], signal)).toBe(false);
  });

  test("the name of who added a member is removed from their row, and no other name", async () => {
    const { log, inbox } = open();
    const { conversation, ...group } = newGroup();
    const addedBy = new Map([["one", "owner"]]);
    await log.change(conversation, { ...group, addedBy }, signal);
    const key = { user: "one", conversation };
    await inbox.removeAdder(key, "two", signal);
    expect(await inbox.rows([key], signal)).toMatchObject([{ addedBy: "owner" }]);
    await inbox.removeAdder(key, "owner", signal);
    const [row] = await inbox.rows([key], signal);
    expect(row).toMatchObject({ ranges: [[1]] });
    expect(row).not.toHaveProperty("addedBy");
    await inbox.removeAdder({ user: "nobody", conversation }, "owner", signal);
    expect(await inbox.rows([{ user: "nobody", conversation }], signal)).toEqual([undefined]);
  });

  test("an inbox is paged in the order of the conversation ids", async () => {
    const { log, inbox } = open();
    const user = newUser();
    const created = Array.from({ length: 7 }, (_, index) => directConversationId(user, `friend ${index}`));
    for (const [index, conversation] of created.entries()) {
      const members = [user, `friend ${index}`].map((name) => member(name));
      await create(log, { ...newDirect(), conversation, members });
    }
    const seen: string[] = [];
    let from: string | undefined;
    do {
      const page = await inbox.list(user, { from, limit: 3 }, signal);
      expect(page.rows.length).toBeLessThanOrEqual(3);
      seen.push(...page.rows.map(({ conversation }) => conversation));
      from = page.next;
    } while (from !== undefined);
    expect(seen).toEqual([...created].sort());
  });

  test("heads of many conversations are read at once; missing ones are left out", async () => {
    const { log, inbox } = open();
    const created = newDirect();
    await create(log, created);
    const heads = await inbox.heads([created.conversation, directConversationId("no", "one")], signal);
    expect([...heads]).toEqual([[created.conversation, created.after]]);
    expect(await inbox.heads([], signal)).toEqual(new Map());
  });

  test("rows come in the order of their keys, repeated keys repeat, missing rows are undefined", async () => {
    const { log, inbox } = open();
    const [one, two] = [newDirect(), newDirect()];
    for (const created of [one, two]) await create(log, created);
    const [first, second] = [
      { user: one.users[0], conversation: one.conversation },
      { user: two.users[1], conversation: two.conversation },
    ];
    const missing = { user: one.users[0], conversation: two.conversation };
    const rows = await inbox.rows([second, missing, first, second], signal);
    expect(rows.map((row) => row?.peer)).toEqual([two.users[0], undefined, one.users[1], two.users[0]]);
    expect(rows[1]).toBeUndefined();
    expect(await inbox.rows([], signal)).toEqual([]);
  });

  test("more rows than fit into one request of the store are read", async () => {
    const { log, inbox } = open();
    const created = Array.from({ length: 60 }, () => newDirect());
    await Promise.all(created.map((one) => create(log, one)));
    const keys = created.flatMap(({ users, conversation }) => users.map((user) => ({ user, conversation })));
    const rows = await inbox.rows(keys, signal);
    expect(rows.map((row) => row?.conversation)).toEqual(keys.map(({ conversation }) => conversation));
  });

  async function reader({ log }: LogAndInbox) {
    const { users, ...created } = newDirect();
    await create(log, created);
    return { user: users[0], conversation: created.conversation };
  }

  test.each(["read", "delivered"] as const)("the %s cursor moves forward only", async (kind) => {
    const ports = open();
    const key = await reader(ports);
    const advance = (seq: number) => ports.inbox.advance(key, { kind, seq }, signal);
    const cursor = kind === "read" ? "readSeq" : "deliveredSeq";
    expect(await advance(5)).toMatchObject({ conversation: key.conversation, [cursor]: 5 });
    expect(await advance(5)).toBeUndefined();
    expect(await advance(4)).toBeUndefined();
    expect(await advance(6)).toMatchObject({ [cursor]: 6 });
    expect(await ports.inbox.rows([key], signal)).toMatchObject([{ [cursor]: 6 }]);
  });

  test("of concurrent moves of a cursor the furthest wins", async () => {
    const ports = open();
    const key = await reader(ports);
    await Promise.all([3, 9, 1, 7].map((seq) => ports.inbox.advance(key, { kind: "read", seq }, signal)));
    expect(await ports.inbox.rows([key], signal)).toMatchObject([{ readSeq: 9 }]);
  });

  test("a read entry counts as delivered", async () => {
    const ports = open();
    const key = await reader(ports);
    await ports.inbox.advance(key, { kind: "read", seq: 5 }, signal);
    expect(await ports.inbox.advance(key, { kind: "delivered", seq: 5 }, signal)).toBeUndefined();
    expect(await ports.inbox.advance(key, { kind: "delivered", seq: 6 }, signal)).toMatchObject({
      readSeq: 5,
      deliveredSeq: 6,
    });
  });

  test("a delivered entry does not count as read", async () => {
    const ports = open();
    const key = await reader(ports);
    await ports.inbox.advance(key, { kind: "delivered", seq: 8 }, signal);
    expect(await ports.inbox.advance(key, { kind: "read", seq: 3 }, signal)).toMatchObject({
      readSeq: 3,
      deliveredSeq: 8,
    });
  });

  test("moving a cursor returns the complete row", async () => {
    const ports = open();
    const key = await reader(ports);
    await ports.inbox.set(key, { keepSeconds: 3_600 }, signal);
    const moved = await ports.inbox.advance(key, { kind: "read", seq: 1 }, signal);
    expect([moved]).toEqual(await ports.inbox.rows([key], signal));
    expect(moved).toMatchObject({ keepSeconds: 3_600, role: "member", ranges: [[1]] });
  });

  test("moving a cursor or changing a setting creates no row", async () => {
    const { inbox } = open();
    const { users, conversation } = newDirect();
    const key = { user: users[0], conversation };
    expect(await inbox.advance(key, { kind: "read", seq: 1 }, signal)).toBeUndefined();
    expect(await inbox.set(key, { quiet: true }, signal)).toBe(false);
    expect(await inbox.set(key, { quiet: null }, signal)).toBe(false);
    expect(await inbox.rows([key], signal)).toEqual([undefined]);
  });

  test("in a user's settings null removes a value, and undefined keeps it", async () => {
    const ports = open();
    const key = await reader(ports);
    const [{ changedAtMs: _, ...row } = {}] = await ports.inbox.rows([key], signal);
    const before = { ...row, changedAtMs: expect.any(Number) };
    const set = async (settings: { quiet?: boolean | null; keepSeconds?: number | null }) => {
      expect(await ports.inbox.set(key, settings, signal)).toBe(true);
      return (await ports.inbox.rows([key], signal))[0];
    };
    expect(await set({ quiet: true, keepSeconds: 60 })).toEqual({ ...before, quiet: true, keepSeconds: 60 });
    const left = { quiet: null, keepSeconds: undefined } as unknown as { quiet: null };
    expect(await set(left)).toEqual({ ...before, keepSeconds: 60 });
    expect(await set({ quiet: null, keepSeconds: null })).toEqual(before);
  });

  test("every write of a row notes its time", async () => {
    const ports = open();
    let beforeMs = Date.now();
    const key = await reader(ports);
    const writes: (() => Promise<unknown>)[] = [
      () => Promise.resolve("created"),
      () => ports.inbox.advance(key, { kind: "delivered", seq: 1 }, signal),
      () => ports.inbox.advance(key, { kind: "read", seq: 1 }, signal),
      () => ports.inbox.set(key, { keepSeconds: 60 }, signal),
      () => ports.inbox.set(key, { keepSeconds: null }, signal),
      () => ports.log.mute(key.conversation, key.user, true, signal),
    ];
    for (const write of writes) {
      await write();
      const [row] = await ports.inbox.rows([key], signal);
      expect(row?.changedAtMs).toBeGreaterThanOrEqual(beforeMs);
      beforeMs = Date.now();
    }
  });
}
