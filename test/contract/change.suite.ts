import { describe, expect, test } from "vitest";
import type { Change, Member } from "../../functions/ports/conversation-log.ts";
import {
  appended,
  create,
  head,
  type LogAndInbox,
  member,
  type NewConversation,
  newDirect,
  newGroup,
  nextChange,
  nextHead,
  segment,
  signal,
  snapshot,
  tailSegment,
  trimmed,
} from "./log-fixtures.ts";

const NAMES = ["owner", "one", "two", "three"];

/** Contract of every `ConversationLog.change`. */
export function changeSuite(open: () => LogAndInbox): void {
  async function begun(created: NewConversation) {
    const ports = open();
    await create(ports.log, created);
    const { conversation } = created;
    return {
      ...ports,
      change: (change: Change) => ports.log.change(conversation, change, signal),
      all: (names: readonly string[] = NAMES) => snapshot(ports, conversation, names),
      row: async (user: string) => (await ports.inbox.rows([{ user, conversation }], signal))[0],
      read: async (user: string) =>
        (await ports.log.read(conversation, [user], signal))?.members.find((row) => row.user === user),
    };
  }

  test("a change moves the head and writes its segments and rows", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const [left, joined]: [Member, Member] = [
      member("two", { ranges: [[1, 2]] }),
      member("three", { ranges: [[2]] }),
    ];
    const rewritten = segment(1, 1, {
      entries: segment(1, 1).entries.map((entry) => ({ ...entry, body: null, deletedAtMs: 5 })),
      headVersion: "001.00000002.test",
      expiresAtMs: 4_102_444_800_000,
    });
    const segments = [segment(2, 3), segment(5, 25), rewritten];
    const changed = nextChange(group.after, { members: [left, joined], segments });
    const after = { ...changed.after, lastSeq: 29, tailFirst: 30, title: "Renamed" };
    expect(await change({ ...changed, after })).toEqual({ done: true });
    const { read, log, rows } = await all();
    expect(read?.head).toEqual(after);
    expect(log.segments).toEqual([rewritten, segment(2, 3), segment(5, 25)]);
    // A user who has left has no member row any more: the ranges are in the inbox row.
    expect(read?.members.filter(({ user }) => user === "two" || user === "three")).toEqual([joined]);
    expect(rows.map((row) => row?.ranges)).toEqual([[[1]], [[1]], [[1, 2]], [[2]]]);
  });

  test("a change moves entries from the tail of the head into segments", async () => {
    const group = newGroup();
    const { log, change, all } = await begun(group);
    const tailed = appended(group.after, 3);
    await log.update(group.conversation, group.after, tailed, signal);
    const after = trimmed(appended(tailed, 1), 5);
    const moved = { ...tailSegment(appended(tailed, 1)), headVersion: after.version };
    const done = await change({ before: tailed, after, segments: [moved], members: [] });
    expect(done).toEqual({ done: true });
    const stored = await all();
    expect(stored.read?.head).toEqual(after);
    expect(stored.log.segments).toEqual([segment(1, 1), moved]);
  });

  test("a change overwrites the segment of a flush that was not finished", async () => {
    const group = newGroup();
    const { log, change, all } = await begun(group);
    await log.flush(group.conversation, segment(2, 9), signal);
    const changed = nextChange(group.after);
    expect(await change(changed)).toEqual({ done: true });
    expect((await all()).log.segments).toEqual([segment(1, 1), ...changed.segments]);
  });

  test("rows that a change does not include stay as they are", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const before = await all();
    await change(nextChange(group.after, { members: [member("one", { role: "admin" })] }));
    const after = await all();
    expect(after.rows.map((row) => row?.role)).toEqual(["owner", "admin", "member", undefined]);
    expect(after.rows[0]).toEqual(before.rows[0]);
    expect(after.read?.members).toHaveLength(3);
  });

  describe("a user who comes back", () => {
    const left = member("two", { ranges: [[1, 2]] });
    const back = (muted?: boolean) => member("two", { ranges: [[1, 2], [3]], ...(muted && { muted }) });

    async function withoutTwo() {
      const group = newGroup();
      const ports = await begun(group);
      const removal = nextChange(group.after, { members: [left] });
      await ports.change(removal);
      return { ...ports, ...group, head: removal.after };
    }

    test("is a member with the earlier ranges, and as muted as before", async () => {
      const { change, read, row, head } = await withoutTwo();
      const earlierRanges = new Map([["two", left.ranges]]);
      expect(await change(nextChange(head, { members: [back(true)], earlierRanges }))).toEqual({
        done: true,
      });
      expect(await read("two")).toEqual(back(true));
      expect((await row("two"))?.ranges).toEqual([[1, 2], [3]]);
    });

    test.each([
      ["has other ranges", [[1, 1]] as const],
      ["is there, though there was none", undefined],
    ])("is not added if the inbox row %s", async (_, ranges) => {
      const { change, all, head } = await withoutTwo();
      const before = await all();
      const readd = nextChange(head, { members: [back()], earlierRanges: new Map([["two", ranges]]) });
      expect((await change(readd)).done).toBe(false);
      expect(await all()).toEqual(before);
    });

    test("is not added if the inbox row has gone, and a newcomer has none", async () => {
      const { change, all, head } = await withoutTwo();
      const before = await all();
      const joined = member("three", { ranges: [[3]] });
      const gone = new Map([["three", left.ranges]]);
      expect((await change(nextChange(head, { members: [joined], earlierRanges: gone }))).done).toBe(false);
      expect(await all()).toEqual(before);
      const none = new Map([["three", undefined]]);
      expect((await change(nextChange(head, { members: [joined], earlierRanges: none }))).done).toBe(true);
    });

    test("cannot be muted while away", async () => {
      const { log, conversation, row } = await withoutTwo();
      expect(await log.mute(conversation, "two", true, signal)).toBe(false);
      expect(await row("two")).not.toHaveProperty("muted");
    });
  });

  describe("a change fails as a whole, and brings the head that won", () => {
    const winner = ({ after }: NewConversation) => nextHead(after, { title: "Winner" });
    const cases: [
      string,
      (group: NewConversation) => Change,
      (ports: LogAndInbox, group: NewConversation) => Promise<unknown>,
    ][] = [
      [
        "when an update was faster",
        ({ after }) => nextChange(after),
        ({ log }, group) => log.update(group.conversation, group.after, winner(group), signal),
      ],
      [
        "when another change was faster",
        ({ after }) => nextChange(after),
        ({ log }, { conversation, after }) =>
          log.change(
            conversation,
            nextChange(after, { members: [member("one", { role: "owner" })] }),
            signal,
          ),
      ],
      [
        "when it writes no segment and an update was faster",
        ({ after }) => nextChange(after, { segments: [] }),
        ({ log }, group) => log.update(group.conversation, group.after, winner(group), signal),
      ],
      [
        "when it was planned on a head that never was",
        ({ after }) => nextChange(nextHead(after)),
        async () => undefined,
      ],
      [
        "when it creates a conversation that exists",
        ({ after }) => ({ ...nextChange(after), before: undefined }),
        async () => undefined,
      ],
    ];
    test.each(cases)("%s", async (_, make, disturb) => {
      const group = newGroup();
      const ports = await begun(group);
      await disturb(ports, group);
      const before = await ports.all();
      const rows = {
        members: [member("three"), member("one", { role: "admin" })],
        segments: [segment(1, 9), segment(2, 1)],
      };
      expect(await ports.change({ ...make(group), ...rows })).toEqual({
        done: false,
        head: before.read?.head,
      });
      expect(await ports.all()).toEqual(before);
    });
  });

  test("of concurrent changes based on the same head, exactly one succeeds, completely", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const names = ["three", "four", "five", "six"];
    const rivals = names.map((user) => nextChange(group.after, { members: [member(user)] }));
    const won = (await Promise.all(rivals.map(change))).map(({ done }) => done);
    expect(won.filter(Boolean)).toHaveLength(1);
    const { read, rows } = await all(names);
    expect(read?.members).toHaveLength(4);
    expect(rows.map((row) => row !== undefined)).toEqual(won);
    expect(read?.head).toEqual(rivals[won.indexOf(true)]?.after);
  });

  test("of concurrent changes of the head alone, exactly one succeeds", async () => {
    const group = newGroup();
    const { change } = await begun(group);
    const rivals = [1, 2, 3].map(() => nextChange(group.after, { segments: [] }));
    const results = await Promise.all(rivals.map(change));
    expect(results.filter(({ done }) => done)).toHaveLength(1);
  });

  test("of concurrent creations exactly one succeeds, completely", async () => {
    const ports = open();
    const { conversation, ...group } = newGroup();
    const rivals = [3, 4, 5, 6].map((count) => ({
      ...group,
      conversation,
      after: head(count, { kind: "group", title: `Of ${count}` }),
      segments: [segment(1, count)],
      members: [member("owner"), member(`rival ${count}`)],
    }));
    const won = (await Promise.all(rivals.map((rival) => create(ports.log, rival)))).map(({ done }) => done);
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = rivals[won.indexOf(true)];
    const names = rivals.map(({ members }) => members[1]?.user ?? "");
    const { read, log, rows } = await snapshot(ports, conversation, names);
    expect(read?.head).toEqual(winner?.after);
    expect([...(read?.members ?? [])].sort(byUser)).toEqual(winner?.members);
    expect(log.segments).toEqual(winner?.segments);
    expect(rows.map((row) => row !== undefined)).toEqual(won);
  });

  test("a missing conversation is not changed", async () => {
    const ports = open();
    const { conversation, after } = newGroup();
    const change = nextChange(after, { members: [member("one")] });
    expect(await ports.log.change(conversation, change, signal)).toEqual({ done: false });
    const { read, log, rows } = await snapshot(ports, conversation, ["one"]);
    expect([read, log.segments, rows]).toEqual([undefined, [], [undefined]]);
  });

  test("a conversation can be created without an entry, as a block does, and then begin", async () => {
    const { users, conversation, ...rest } = newDirect();
    const ports = open();
    const empty = { ...rest, after: head(0, { preview: undefined, decided: [] }), segments: [] };
    const silent = async () =>
      (await snapshot(ports, conversation, users)).rows.map((row) => row?.silent ?? "absent");
    expect(await ports.log.change(conversation, empty, signal)).toEqual({ done: true });
    expect((await ports.log.read(conversation, [], signal))?.head).toEqual(empty.after);
    expect(await silent()).toEqual([true, true]);
    expect(await ports.log.change(conversation, empty, signal)).toEqual({ done: false, head: empty.after });
    await ports.log.change(conversation, nextChange(empty.after, { members: rest.members }), signal);
    expect(await silent()).toEqual(["absent", "absent"]);
  });

  test("a user's settings of a conversation survive every change of it", async () => {
    const group = newGroup();
    const { log, inbox, change, row, read } = await begun(group);
    const key = { user: "one", conversation: group.conversation };
    await inbox.advance(key, { kind: "read", seq: 1 }, signal);
    await inbox.advance(key, { kind: "delivered", seq: 3 }, signal);
    await inbox.set(key, { keepSeconds: 3_600, quiet: true }, signal);
    await log.mute(group.conversation, "one", true, signal);
    const changed = nextChange(group.after, {
      members: [member("one", { role: "admin", ranges: [[1, 1], [2]] })],
    });
    await change(changed);
    await log.update(group.conversation, changed.after, appended(changed.after, 1), signal);
    expect(await row("one")).toEqual({
      changedAtMs: expect.any(Number),
      conversation: group.conversation,
      role: "admin",
      ranges: [[1, 1], [2]],
      readSeq: 1,
      deliveredSeq: 3,
      keepSeconds: 3_600,
      quiet: true,
      muted: true,
    });
    expect(await read("one")).toEqual({ user: "one", role: "admin", ranges: [[1, 1], [2]], muted: true });
  });

  test("entries before the one that a user joins with count as read by that user, and by nobody else", async () => {
    const group = newGroup(["owner", "one"]);
    const { inbox, change, row } = await begun(group);
    await inbox.advance({ user: "one", conversation: group.conversation }, { kind: "read", seq: 1 }, signal);
    const members = ["owner", "one", "new", "back"].map((name) => member(name));
    await change({
      ...nextChange(group.after, { members }),
      joined: new Map([
        ["new", 7],
        ["back", 9],
      ]),
    });
    const readSeqs = await Promise.all(
      ["owner", "one", "new", "back"].map(async (name) => (await row(name))?.readSeq),
    );
    expect(readSeqs).toEqual([undefined, 1, 6, 8]);
  });

  test("a group's rows have no peer", async () => {
    const { row } = await begun(newGroup(["owner", "one"]));
    expect(await row("owner")).not.toHaveProperty("peer");
    expect(await row("one")).not.toHaveProperty("peer");
  });

  test("in a conversation with oneself the user is their own peer", async () => {
    const { users, ...created } = newDirect();
    const { row } = await begun({ ...created, members: [member(users[0])] });
    expect(await row(users[0])).toMatchObject({ peer: users[0] });
  });

  test("a block is in the rows of both users, and is removed when it is lifted", async () => {
    const { users, ...created } = newDirect();
    const [alice, bob] = users;
    const { change, row, read } = await begun(created);
    const blocked = nextChange(created.after, {
      members: [member(alice), member(bob, { blocked: true })],
      segments: [],
    });
    await change(blocked);
    expect(await read(bob)).toEqual(member(bob, { blocked: true }));
    expect(await row(bob)).toMatchObject({ blocked: true, peer: alice });
    expect(await row(alice)).toMatchObject({ blocking: true, peer: bob });
    expect(await row(alice)).not.toHaveProperty("blocked");

    await change(nextChange(blocked.after, { members: [member(alice), member(bob)], segments: [] }));
    expect(await read(bob)).toEqual(member(bob));
    for (const user of users) {
      expect(await row(user)).not.toHaveProperty("blocked");
      expect(await row(user)).not.toHaveProperty("blocking");
    }
  });

  test("the rows of both sides of a direct conversation tell who has spoken", async () => {
    const { users, ...created } = newDirect();
    const [alice, bob] = users;
    const { change, row, read } = await begun(created);
    const first = nextChange(created.after, {
      members: [member(alice, { spoken: true }), member(bob)],
      segments: [],
    });
    await change(first);
    expect(await read(alice)).toEqual(member(alice, { spoken: true }));
    expect(await row(alice)).toMatchObject({ spoken: true });
    expect(await row(alice)).not.toHaveProperty("peerSpoken");
    expect(await row(bob)).toMatchObject({ peerSpoken: true });
    expect(await row(bob)).not.toHaveProperty("spoken");
    const members = users.map((user) => member(user, { spoken: true }));
    await change(nextChange(first.after, { members, segments: [] }));
    for (const user of users) expect(await row(user)).toMatchObject({ spoken: true, peerSpoken: true });
  });

  test("the row of a member tells who has added them, and whether they have spoken since", async () => {
    const group = newGroup();
    const { change, row } = await begun(group);
    const added = nextChange(group.after, {
      members: [member("one", { spoken: true })],
      segments: [],
      addedBy: new Map([["one", "owner"]]),
    });
    await change(added);
    expect(await row("one")).toMatchObject({ addedBy: "owner", spoken: true });
    // A change of something else leaves it.
    await change(nextChange(added.after, { members: [member("one")], segments: [] }));
    expect(await row("one")).toMatchObject({ addedBy: "owner" });
    expect(await row("one")).not.toHaveProperty("spoken");
  });

  test("the row of a former member does not name who had added them", async () => {
    const group = newGroup();
    const { change, row } = await begun(group);
    const added = nextChange(group.after, {
      members: [member("one")],
      segments: [],
      addedBy: new Map([["one", "owner"]]),
    });
    await change(added);
    await change(nextChange(added.after, { members: [member("one", { ranges: [[1, 2]] })], segments: [] }));
    expect(await row("one")).toMatchObject({ ranges: [[1, 2]] });
    expect(await row("one")).not.toHaveProperty("addedBy");
  });

  test("when a side of a direct conversation is erased, the other has the tombstone for a peer", async () => {
    const created = newDirect();
    const [alice, bob] = created.users;
    const { change, row } = await begun(created);
    const gone = nextChange(created.after, {
      members: [member(alice, { ranges: [[1, 2]] }), member(bob)],
      segments: [],
      erased: { user: alice, tombstone: "erased:x" },
    });
    await change(gone);
    expect(await row(bob)).toMatchObject({ peer: "erased:x" });
    expect(await row(bob)).not.toHaveProperty("erasedSeq");
    expect(await row(alice)).toMatchObject({ peer: bob, erasedSeq: 2 });
  });

  test("a change with the maximum number of rows is written in one transaction", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const names = Array.from({ length: 45 }, (_, index) => `member ${index}`);
    const segments = Array.from({ length: 8 }, (_, index) => segment(2 + index, 1));
    const changed = nextChange(group.after, { members: names.map((name) => member(name)), segments });
    expect(await change(changed)).toEqual({ done: true });
    const { rows, log } = await all(names);
    expect(rows.map((row) => row?.role)).toEqual(names.map(() => "member"));
    expect(log.segments).toHaveLength(9);
  });
}

const byUser = (a: Member, b: Member) => (a.user < b.user ? -1 : 1);
