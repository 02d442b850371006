import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Entry } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";
import { append, createGroup, outcomeOf, write } from "./support/group.ts";
import { connect, newUser, type Target, text } from "./support/target.ts";

const bodies = (entries: readonly Entry[]) =>
  entries.filter(({ kind }) => kind === "text").map(({ body }) => (body as { text: string }).text);
const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);

/** Promises to members of groups, tested through the endpoint alone. */
export function groupsSuite(target: () => Target): void {
  /** Users with one device each, all connected. */
  async function people<N extends string>(...names: N[]) {
    const users = names.map(newUser);
    const wires = await Promise.all(users.map((user, gateway) => connect(target(), user, { gateway })));
    return { users, wires } as { users: [string, string, string]; wires: [Wire, Wire, Wire] };
  }
  const has = (wire: Wire, conversation: string, seq: number) =>
    eventually(`entry ${seq}`, () => wire.pushed(conversation).some((entry) => entry.seq === seq), {
      timeoutMs: 15_000,
    });
  async function synced(wire: Wire, conversation: string, cursor?: number) {
    const { conversations } = await wire.sync(cursor === undefined ? {} : { [conversation]: [1, cursor] });
    return conversations.find((one) => one.conversation === conversation);
  }

  test("a group is created, every member gets it, and everyone reads everyone in the same order", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob, atCarol] = wires;
    const group = await createGroup(atAlice, [users[1], users[2]], { title: "Lunch" });
    expect(await atCarol.next("joined")).toMatchObject({
      conversation: group,
      kind: "group",
      title: "Lunch",
      first: 1,
      lastSeq: 1,
    });
    await has(atBob, group, 1);
    await write(atBob, group, "hello from Bob");
    await write(atCarol, group, "hello from Carol");
    await write(atAlice, group, "hello from Alice");
    for (const wire of wires) {
      const log = await wire.log(group);
      expect(bodies(log)).toEqual(["hello from Bob", "hello from Carol", "hello from Alice"]);
      expect(seqs(log)).toEqual([1, 2, 3, 4]);
    }
    expect(await synced(atBob, group)).toMatchObject({ title: "Lunch", memberCount: 3, role: "member" });
    expect(await synced(atAlice, group)).toMatchObject({ role: "owner" });
  });

  test("creating a group twice with the same id creates it once", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const id = randomUUID();
    const first = await createGroup(wires[0], [users[1]], { title: "One", id });
    const again = await connect(target(), users[0]);
    expect(await createGroup(again, [users[1], users[2]], { title: "Two", id })).toBe(first);
    expect(await synced(again, first)).toMatchObject({ title: "One", lastSeq: 1, memberCount: 2 });
  });

  test("a user who was never connected can be added, and finds the group when they connect", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const dave = newUser("dave");
    const group = await createGroup(wires[0], [users[1]]);
    await write(wires[0], group, "before Dave");
    const added = await append(wires[0], group, { kind: "member.add", body: { users: [dave] } });
    await write(wires[1], group, "hello Dave");
    const atDave = await connect(target(), dave);
    const conversation = await synced(atDave, group);
    expect(conversation).toMatchObject({ first: added.seq, lastSeq: added.seq + 1, unread: 1 });
    expect(bodies(conversation?.entries ?? [])).toEqual(["hello Dave"]);
    expect(bodies(await atDave.log(group))).toEqual(["hello Dave"]);
  });

  test("a group whose history is open shows newcomers everything, and none of it as unread", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const group = await createGroup(wires[0], [users[1]], { history: "all" });
    await write(wires[0], group, "long ago");
    await append(wires[0], group, { kind: "member.add", body: { users: [users[2]] } });
    expect(bodies(await wires[2].log(group))).toEqual(["long ago"]);
    expect(await wires[2].next("joined", ({ conversation }) => conversation === group)).toMatchObject({
      first: 1,
    });
    expect(await synced(wires[2], group)).toMatchObject({ readSeq: 2, unread: 0 });
    await write(wires[0], group, "welcome");
    expect(await synced(wires[2], group)).toMatchObject({ unread: 1 });
  });

  test("a removed member gets the removal and nothing after it: no push, no sync, no history", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob, atCarol] = wires;
    const group = await createGroup(atAlice, [users[1], users[2]]);
    await write(atAlice, group, "for all");
    const removal = randomUUID();
    const [before, after] = [text("just before"), text("secret")];
    // Sent at once, so that they may share a batch; frames of one connection can overtake each other.
    atAlice.send({ type: "send", conversation: group, entries: [before] });
    await outcomeOf(atAlice, before.id);
    const body = { users: [users[1]] };
    atAlice.send({
      type: "send",
      conversation: group,
      entries: [{ id: removal, kind: "member.remove", body }],
    });
    atCarol.send({ type: "send", conversation: group, entries: [after] });
    const { seq } = await outcomeOf(atAlice, removal);
    const sent = await outcomeOf(atCarol, after.id);
    const last = await write(atCarol, group, "secret too");
    await has(atAlice, group, last.seq);
    await has(atBob, group, seq);

    const visible = sent.seq < seq ? ["for all", "just before", "secret"] : ["for all", "just before"];
    expect(bodies(atBob.pushed(group))).toEqual(visible);
    expect(bodies(await atBob.log(group))).toEqual(visible);
    const fresh = await connect(target(), users[1]);
    const conversation = await synced(fresh, group);
    expect(conversation).toMatchObject({ lastSeq: seq, ranges: [[1, seq]] });
    expect(bodies(conversation?.entries ?? [])).toEqual(visible);
    expect(conversation?.preview?.text ?? "").not.toContain("secret too");
    expect((await synced(fresh, group, seq))?.entries).toEqual([]);
    expect(await write(fresh, group, "let me in")).toMatchObject({ refused: "not_a_member" });
    await expect(fresh.request({ type: "members", conversation: group })).rejects.toMatchObject({
      code: "not_a_member",
    });
  });

  test("a member who leaves and returns does not see what was said meanwhile", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob] = wires;
    const group = await createGroup(atAlice, [users[1]]);
    await write(atAlice, group, "one");
    const left = await append(atBob, group, { kind: "member.leave", body: {} });
    await write(atAlice, group, "while Bob is away");
    const back = await append(atAlice, group, { kind: "member.add", body: { users: [users[1]] } });
    await write(atAlice, group, "two");
    await has(atBob, group, back.seq + 1);
    expect(bodies(atBob.pushed(group))).toEqual(["one", "two"]);
    const rejoined = atBob.all("joined").find(({ first }) => first === back.seq);
    expect(rejoined).toMatchObject({ conversation: group });
    for (const cursor of [0, left.seq, undefined]) {
      const conversation = await synced(atBob, group, cursor);
      expect(conversation?.ranges).toEqual([[1, left.seq], [back.seq]]);
      expect(bodies(conversation?.entries ?? []).join()).not.toContain("behind");
    }
    expect(bodies(await atBob.log(group))).toEqual(["one", "two"]);
    expect((await atBob.history({ conversation: group, limit: 2 })).entries.map(({ seq }) => seq)).toEqual([
      back.seq,
      back.seq + 1,
    ]);
    expect((await atBob.history({ conversation: group, before: back.seq, limit: 2 })).entries).toMatchObject([
      { seq: left.seq - 1 },
      { seq: left.seq },
    ]);
  });

  test("a former member gets no later changes to the past: no edit, no reaction, no new title", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob] = wires;
    const group = await createGroup(atAlice, [users[1]], { title: "Before" });
    const { seq } = await write(atAlice, group, "harmless");
    await append(atAlice, group, { kind: "member.remove", body: { users: [users[1]] } });
    await append(atAlice, group, { kind: "edit", body: { of: seq, text: "secret" } });
    await append(atAlice, group, { kind: "reaction", body: { of: seq, key: "🤫" } });
    await append(atAlice, group, { kind: "rename", body: { title: "Secret" } });
    const seen = JSON.stringify([await synced(atBob, group), await atBob.log(group), atBob.pushed(group)]);
    for (const word of ["secret", "Secret", "🤫"]) expect(seen).not.toContain(word);
  });

  test("a text that gets too large on the wire is refused on arrival, and accepted texts can be read by everybody", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob] = wires;
    const group = await createGroup(atAlice, [users[1]]);
    const longest = { id: "newlines", kind: "text" as const, body: { text: "\n".repeat(16_000) } };
    atAlice.send({ type: "send", conversation: group, entries: [longest] });
    expect(await atAlice.next("error")).toMatchObject({ ids: ["newlines"], error: { code: "too_large" } });
    const { seq } = await write(atAlice, group, "\n".repeat(12_000));
    await has(atBob, group, seq);
    expect((await synced(atBob, group))?.entries.at(-1)).toMatchObject({ seq });
    expect((await atBob.log(group)).at(-1)).toMatchObject({ seq });
  });

  test("a group that its former member forgets is listed no more, and begins anew when they are added again", async () => {
    const { users, wires } = await people("alice", "bob");
    const [atAlice, atBob] = wires;
    const group = await createGroup(atAlice, [users[1]], {});
    await has(atBob, group, 1);
    await expect(atBob.request({ type: "forget", conversation: group })).rejects.toMatchObject({
      code: "conflict",
    });
    await append(atBob, group, { kind: "member.leave", body: {} });
    await atBob.request({ type: "forget", conversation: group });
    expect(await synced(atBob, group)).toBeUndefined();
    await append(atAlice, group, { kind: "member.add", body: { users: [users[1]] } });
    await has(atBob, group, 3);
    expect(await synced(atBob, group)).toMatchObject({ first: 3, lastSeq: 3 });
  });

  test("the last owner cannot leave without naming another owner", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob] = wires;
    const group = await createGroup(atAlice, [users[1]]);
    expect(await append(atAlice, group, { kind: "member.leave", body: {} })).toMatchObject({
      refused: "conflict",
    });
    expect(
      await append(atAlice, group, { kind: "role", body: { user: users[0], role: "member" } }),
    ).toMatchObject({ refused: "conflict" });
    await append(atAlice, group, { kind: "role", body: { user: users[1], role: "owner" } });
    expect(await append(atAlice, group, { kind: "member.leave", body: {} })).toMatchObject({
      refused: undefined,
    });
    expect(await append(atBob, group, { kind: "member.leave", body: {} })).toMatchObject({
      refused: undefined,
    });
  });

  test("permissions depend on the member's role, and a new role counts from its entry on", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const [atAlice, atBob, atCarol] = wires;
    const group = await createGroup(atAlice, [users[1], users[2]]);
    const add = { kind: "member.add" as const, body: { users: [newUser("dave")] } };
    for (const entry of [
      add,
      { kind: "member.remove" as const, body: { users: [users[2]] } },
      { kind: "rename" as const, body: { title: "Mine" } },
      { kind: "role" as const, body: { user: users[1], role: "owner" as const } },
    ]) {
      expect(await append(atBob, group, entry)).toMatchObject({ refused: "forbidden" });
    }
    await append(atAlice, group, { kind: "role", body: { user: users[1], role: "admin" } });
    expect(await append(atBob, group, add)).toMatchObject({ refused: undefined });
    const renamed = await append(atBob, group, { kind: "rename", body: { title: "Ours" } });
    await has(atCarol, group, renamed.seq);
    expect(await synced(atCarol, group)).toMatchObject({ title: "Ours" });
    expect(await append(atBob, group, { kind: "member.remove", body: { users: [users[0]] } })).toMatchObject({
      refused: "forbidden",
    });
    expect(await append(atBob, group, add)).toMatchObject({ refused: "conflict" });
  });

  test("strangers cannot tell a group from a missing one", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const group = await createGroup(wires[0], [users[1]]);
    const atMallory = wires[2];
    expect(await write(atMallory, group, "hi")).toMatchObject({ refused: "not_found" });
    for (const type of ["history", "members", "receipts"] as const) {
      await expect(atMallory.request({ type, conversation: group })).rejects.toMatchObject({
        code: "not_found",
      });
    }
    atMallory.send({ type: "typing", conversation: group });
    expect(await atMallory.next("error")).toMatchObject({ error: { code: "not_found" } });
  });

  test("members are listed in pages, each once", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const crowd = Array.from({ length: 120 }, (_, index) => `crowd ${index} ${users[0]}`);
    const group = await createGroup(wires[0], crowd.slice(0, 40));
    for (const from of [40, 80]) {
      const added = { kind: "member.add" as const, body: { users: crowd.slice(from, from + 40) } };
      expect(await append(wires[0], group, added)).toMatchObject({ refused: undefined });
    }
    const listed: string[] = [];
    let after: string | undefined;
    do {
      const page = (await wires[0].request({
        type: "members",
        conversation: group,
        ...(after !== undefined && { after }),
      })) as { members: { user: string }[]; next?: string };
      expect(page.members.length).toBeLessThanOrEqual(100);
      listed.push(...page.members.map(({ user }) => user));
      after = page.next;
    } while (after !== undefined);
    expect(listed.sort()).toEqual([users[0], ...crowd].sort());
  });

  test("a message to a group too large for inline pushes reaches every connected member", async () => {
    const { users, wires } = await people("alice", "bob", "carol");
    const crowd = Array.from({ length: 118 }, (_, index) => `crowd ${index} ${users[0]}`);
    const group = await createGroup(wires[0], [users[1], users[2], ...crowd.slice(0, 38)]);
    for (const from of [38, 78]) {
      await append(wires[0], group, { kind: "member.add", body: { users: crowd.slice(from, from + 40) } });
    }
    const late = await connect(target(), crowd[100] ?? "");
    const { seq } = await write(wires[1], group, "hello all");
    for (const wire of [wires[0], wires[2], late]) await has(wire, group, seq);
    await append(wires[0], group, { kind: "member.remove", body: { users: [users[2]] } });
    const last = await write(wires[1], group, "not for Carol");
    for (const wire of [wires[0], late]) await has(wire, group, last.seq);
    expect(bodies(wires[2].pushed(group))).toEqual(["hello all"]);
    expect(wires[1].pushed(group).map((entry) => entry.seq)).not.toContain(seq);
  });
}
