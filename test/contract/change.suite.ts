import { describe, expect, test } from "vitest";
import type { Change, Member } from "../../functions/ports/conversation-log.ts";
import {
  create,
  head,
  type LogAndInbox,
  member,
  type NewConversation,
  newDirect,
  newGroup,
  nextChange,
  segment,
  signal,
  snapshot,
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

  test("a change moves the head and writes its segment, rewritten segments and rows", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const [left, joined]: [Member, Member] = [
      member("two", { ranges: [[1, 2]] }),
      member("three", { ranges: [[2]] }),
    ];
    const rewritten = segment(1, 1, {
      entries: segment(1, 1).entries.map((entry) => ({ ...entry, body: null, deletedAtMs: 5 })),
      expiresAtMs: 4_102_444_800_000,
    });
    const changed = nextChange(group, {
      members: [left, joined],
      rewritten: [rewritten],
      segment: segment(2, 3),
    });
    const moved = { ...changed, head: { ...changed.head, lastSeq: 4, title: "Renamed" } };
    expect(await change(moved)).toBe(true);
    const { read, log, rows } = await all();
    expect(read?.head).toEqual(moved.head);
    expect(log.segments).toEqual([rewritten, moved.segment]);
    expect(read?.members.filter(({ user }) => user === "two" || user === "three").sort(byUser)).toEqual([
      joined,
      left,
    ]);
    expect(rows.map((row) => row?.ranges)).toEqual([[[1]], [[1]], [[1, 2]], [[2]]]);
  });

  test("rows that a change does not include stay as they are", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const before = await all();
    await change(nextChange(group, { members: [member("one", { role: "admin" })] }));
    const after = await all();
    expect(after.rows.map((row) => row?.role)).toEqual(["owner", "admin", "member", undefined]);
    expect(after.rows[0]).toEqual(before.rows[0]);
    expect(after.read?.members).toHaveLength(3);
  });

  describe("a change fails as a whole", () => {
    const cases: [
      string,
      (group: NewConversation) => Change,
      (ports: LogAndInbox, group: NewConversation) => Promise<unknown>,
    ][] = [
      [
        "when the first seq of its segment is taken",
        (group) => nextChange(group),
        ({ log }, { conversation }) => log.append(conversation, segment(2, 1), signal),
      ],
      [
        "when it has no segment and the end of the log has moved",
        ({ head: before }) => ({
          ...nextChange(newGroup()),
          head: { ...before, membersVersion: 9 },
          segment: undefined,
        }),
        ({ log }, { conversation }) => log.append(conversation, segment(2, 1), signal),
      ],
      [
        "when it has no segment and the head has moved",
        ({ head: before }) => ({
          ...nextChange(newGroup()),
          head: { ...before, membersVersion: 9 },
          segment: undefined,
        }),
        ({ log }, { conversation, head: before }) =>
          log.advance(conversation, { ...before, lastSeq: 2 }, signal),
      ],
      [
        "when it has no segment and the members have changed meanwhile",
        ({ head: before }) => ({
          ...nextChange(newGroup()),
          head: { ...before, membersVersion: 2 },
          segment: undefined,
        }),
        ({ log }, { conversation, head: before }) =>
          log.change(
            conversation,
            { ...nextChange(newGroup()), head: { ...before, membersVersion: 2 }, segment: undefined },
            signal,
          ),
      ],
      [
        "when its epoch is older",
        (group) => nextChange(group),
        ({ log }, { conversation, head: before }) =>
          log.advance(conversation, { ...before, lastSeq: 2, epoch: 2 }, signal),
      ],
      [
        "when it creates a conversation that exists",
        (group) => ({ ...nextChange(group), creates: true }),
        async () => {},
      ],
    ];
    test.each(cases)("%s", async (_, make, disturb) => {
      const group = newGroup();
      const ports = await begun(group);
      await disturb(ports, group);
      const before = await ports.all();
      const rows = {
        members: [member("three"), member("one", { role: "admin" })],
        rewritten: [segment(1, 1, { decided: [] })],
      };
      expect(await ports.change({ ...make(group), ...rows })).toBe(false);
      expect(await ports.all()).toEqual(before);
    });
  });

  test("of concurrent changes based on the same state, exactly one succeeds", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const rivals = ["three", "four", "five", "six"].map((user) =>
      nextChange(group, { members: [member(user)] }),
    );
    const won = await Promise.all(rivals.map(change));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await all()).read?.members).toHaveLength(4);
  });

  test("of concurrent changes without a segment based on the same state, exactly one succeeds", async () => {
    const group = newGroup();
    const { change } = await begun(group);
    const control = { ...nextChange(group), head: { ...group.head, membersVersion: 2 }, segment: undefined };
    const won = await Promise.all([control, control, control].map(change));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  test("a missing conversation is not changed", async () => {
    const { log } = open();
    const group = newGroup();
    expect(await log.change(group.conversation, nextChange(group), signal)).toBe(false);
    expect((await log.readForward(group.conversation, { fromSeq: 1, toSeq: 9 }, signal)).segments).toEqual(
      [],
    );
  });

  test("a conversation can be created without an entry", async () => {
    const { users, conversation, ...rest } = newDirect();
    const { log } = open();
    const empty = { ...rest, head: head(0, { preview: undefined, decided: [] }), segment: undefined };
    expect(await log.change(conversation, empty, signal)).toBe(true);
    expect((await log.read(conversation, [], signal))?.head).toMatchObject({ lastSeq: 0 });
    expect(await log.change(conversation, empty, signal)).toBe(false);
  });

  test("a user's settings of a conversation survive every change of it", async () => {
    const group = newGroup();
    const { log, inbox, change, row, read } = await begun(group);
    const key = { user: "one", conversation: group.conversation };
    await inbox.advance(key, { kind: "read", seq: 1 }, signal);
    await inbox.advance(key, { kind: "delivered", seq: 3 }, signal);
    await inbox.set(key, { keepSeconds: 3_600, quiet: true }, signal);
    await log.mute(group.conversation, "one", true, signal);
    await change(nextChange(group, { members: [member("one", { role: "admin", ranges: [[1, 1], [2]] })] }));
    expect(await row("one")).toEqual({
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
    const control = (membersVersion: number, members: readonly Member[]): Change => ({
      ...nextChange(created, { members, segment: undefined }),
      head: { ...created.head, membersVersion },
    });
    await change(control(2, [member(alice), member(bob, { blocked: true })]));
    expect(await read(bob)).toEqual(member(bob, { blocked: true }));
    expect(await row(bob)).toMatchObject({ blocked: true, peer: alice });
    expect(await row(alice)).toMatchObject({ blocking: true, peer: bob });
    expect(await row(alice)).not.toHaveProperty("blocked");

    await change(control(3, [member(alice), member(bob)]));
    expect(await read(bob)).toEqual(member(bob));
    for (const user of users) {
      expect(await row(user)).not.toHaveProperty("blocked");
      expect(await row(user)).not.toHaveProperty("blocking");
    }
  });

  test("attributes a group no longer has are removed from its head", async () => {
    const group = newGroup();
    const { change, all } = await begun({
      ...group,
      head: { ...group.head, retentionSeconds: 3_600, keptFromMs: 5, shorter: { seconds: 7, untilMs: 9 } },
    });
    const { title: _, ...untitled } = nextChange(group).head;
    await change({ ...nextChange(group), head: untitled });
    const head = (await all()).read?.head;
    expect(head?.lastSeq).toBe(2);
    for (const gone of ["title", "retentionSeconds", "keptFromMs", "shorter"] as const) {
      expect(head?.[gone]).toBeUndefined();
    }
  });

  test("a change with the maximum number of rows is written in one transaction", async () => {
    const group = newGroup();
    const { change, all } = await begun(group);
    const names = Array.from({ length: 44 }, (_, index) => `member ${index}`);
    expect(await change(nextChange(group, { members: names.map((name) => member(name)) }))).toBe(true);
    expect((await all(names)).rows.map((row) => row?.role)).toEqual(names.map(() => "member"));
  });
}

const byUser = (a: Member, b: Member) => (a.user < b.user ? -1 : 1);
