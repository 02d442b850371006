import { expect, test } from "vitest";
import { memberBucket } from "../../functions/core/shared/partition.ts";
import { type ConversationLog, MEMBER_BUCKETS } from "../../functions/ports/conversation-log.ts";
import {
  create,
  createGroup,
  type LogAndInbox,
  member,
  newDirect,
  newGroup,
  nextChange,
  signal,
  snapshot,
} from "./log-fixtures.ts";

const ODD = [
  "ø/#",
  "a b",
  "$",
  "~",
  "#",
  "é",
  "e\u0301",
  "👩‍👩‍👧",
  "名前",
  "\ufffd",
  "𐀀",
  "a".repeat(128),
  "שלום",
];

/** User ids whose order differs by code unit, code point and byte. */
function oddNames(count: number): string[] {
  return [
    "owner",
    ...ODD,
    ...Array.from({ length: count }, (_, index) => `${ODD[index % 11]}${index}`),
  ].slice(0, count);
}

type Page = Omit<Parameters<ConversationLog["members"]>[1], "after">;

/** Returns all members of a range of buckets, page by page. */
async function listed(log: ConversationLog, conversation: string, page: Page): Promise<string[]> {
  const users: string[] = [];
  let after: string | undefined;
  do {
    const { members, next } = await log.members(conversation, { ...page, after }, signal);
    expect(members.length).toBeLessThanOrEqual(page.limit);
    users.push(...members.map(({ user }) => user));
    after = next;
  } while (after !== undefined);
  return users;
}

/** Contract of every `ConversationLog`: reading members. */
export function membersSuite(open: () => LogAndInbox): void {
  test("a small group is read with all its members, no matter which are requested", async () => {
    const { log } = open();
    const names = oddNames(100);
    const conversation = await createGroup(log, names);
    const read = await log.read(conversation, ["owner"], signal);
    expect(read?.complete).toBe(true);
    expect(read?.members.map(({ user }) => user).sort()).toEqual([...names].sort());
  });

  test("a large group is read with its head and the requested members only", async () => {
    const { log } = open();
    const conversation = await createGroup(log, oddNames(140));
    // The second time the store may already know that the group is large.
    for (const _ of ["first", "second"]) {
      const read = await log.read(conversation, ["owner", "ø/#", "owner", "a stranger"], signal);
      expect(read?.complete).toBe(false);
      expect(read?.head).toMatchObject({ kind: "group", title: "Friends", memberCount: 140 });
      expect(read?.members.map(({ user }) => user).sort()).toEqual(["owner", "ø/#"]);
    }
    expect(await log.read(conversation, ["a stranger"], signal)).toMatchObject({ members: [] });
    expect(await log.read(conversation, [], signal)).toMatchObject({ complete: false, members: [] });
  });

  test("a group that was large and has become small is read with all its members again", async () => {
    const { log } = open();
    const names = oddNames(140);
    const conversation = await createGroup(log, names);
    const read = () => log.read(conversation, ["owner"], signal);
    let view = await read();
    expect(view?.complete).toBe(false);
    const [stay, leave] = [names.slice(0, 100), names.slice(100)];
    if (view === undefined) throw new Error("there is no group");
    const members = leave.map((user) => member(user, { ranges: [[1, view?.head.lastSeq ?? 0]] }));
    const change = nextChange(view.head, { members });
    await log.change(conversation, { ...change, after: { ...change.after, memberCount: 100 } }, signal);
    view = await read();
    expect(view?.complete).toBe(true);
    expect(view?.members.map(({ user }) => user).sort()).toEqual([...stay].sort());
  });

  test("members are listed page by page, each once, in the order of their buckets", async () => {
    const { log } = open();
    const names = oddNames(300);
    const conversation = await createGroup(log, names);
    for (const limit of [1_000, 100, 7]) {
      const users = await listed(log, conversation, { limit });
      expect([...users].sort()).toEqual([...names].sort());
      const buckets = users.map(memberBucket);
      expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    }
  });

  test("ranges of buckets partition a group: every member is in exactly one of them", async () => {
    const { log } = open();
    const names = oddNames(300);
    const conversation = await createGroup(log, names);
    const borders = [0, 1, 2, 100, 101, 255, MEMBER_BUCKETS];
    const parts: string[] = [];
    for (const [index, fromBucket] of borders.slice(0, -1).entries()) {
      const toBucket = (borders[index + 1] ?? MEMBER_BUCKETS) - 1;
      const users = await listed(log, conversation, { fromBucket, toBucket, limit: 13 });
      for (const user of users) {
        expect(memberBucket(user)).toBeGreaterThanOrEqual(fromBucket);
        expect(memberBucket(user)).toBeLessThanOrEqual(toBucket);
      }
      parts.push(...users);
    }
    expect([...parts].sort()).toEqual([...names].sort());
  });

  test("the members between any two of them are listed, the second included", async () => {
    const { log } = open();
    const conversation = await createGroup(log, oddNames(40));
    const all = await listed(log, conversation, { limit: 100 });
    for (const [from, to] of [
      [0, 1],
      [3, 17],
      [17, 39],
    ] as const) {
      const page = { after: all[from], until: all[to], limit: 100 };
      const { members, next } = await log.members(conversation, page, signal);
      expect(members.map(({ user }) => user)).toEqual(all.slice(from + 1, to + 1));
      expect(next).toBeUndefined();
    }
  });

  test("a list continues after a user who is not a member, but may have been one when it began", async () => {
    const { log } = open();
    const names = oddNames(60);
    const conversation = await createGroup(log, names);
    const all = await listed(log, conversation, { limit: 100 });
    const after = "nobody of them";
    const { members } = await log.members(conversation, { after, limit: 100 }, signal);
    const further = all.filter((user) => memberBucket(user) > memberBucket(after));
    expect(
      members.map(({ user }) => user).filter((user) => memberBucket(user) !== memberBucket(after)),
    ).toEqual(further);
  });

  test("a list of some buckets stays within them, wherever it continues", async () => {
    const { log } = open();
    const conversation = await createGroup(log, oddNames(60));
    const all = await listed(log, conversation, { limit: 100 });
    const [first = "", last = ""] = [all[0], all.at(-1)];
    const page = { fromBucket: 100, toBucket: 200, limit: 100 };
    const within = all.filter((user) => memberBucket(user) >= 100 && memberBucket(user) <= 200);
    const goingOn = async (after: string) =>
      (await log.members(conversation, { ...page, after }, signal)).members.map(({ user }) => user);
    expect(memberBucket(first)).toBeLessThan(100);
    expect(memberBucket(last)).toBeGreaterThan(200);
    expect(await goingOn(first)).toEqual(within);
    expect(await goingOn(last)).toEqual([]);
  });

  test("a missing conversation has no members", async () => {
    const { log } = open();
    const { conversation } = newGroup();
    expect(await log.members(conversation, { limit: 10 }, signal)).toEqual({ members: [], next: undefined });
  });

  test("muting and unmuting change the member's row and the inbox row", async () => {
    const ports = open();
    const { users, conversation, ...rest } = newDirect();
    const [alice, bob] = users;
    await create(ports.log, { conversation, ...rest });
    const muted = async () => {
      const { read, rows } = await snapshot(ports, conversation, users);
      return [read?.members.find(({ user }) => user === alice)?.muted, rows[0]?.muted];
    };
    expect(await ports.log.mute(conversation, alice, true, signal)).toBe(true);
    expect(await muted()).toEqual([true, true]);
    const { read, rows } = await snapshot(ports, conversation, users);
    expect(read?.members.find(({ user }) => user === bob)).not.toHaveProperty("muted");
    expect(rows[1]).not.toHaveProperty("muted");
    expect(await ports.log.mute(conversation, alice, false, signal)).toBe(true);
    expect(await muted()).toEqual([undefined, false]);
  });

  test("a user who was never a member cannot mute, and gets no row", async () => {
    const { log, inbox } = open();
    const { users: _, ...created } = newDirect();
    await create(log, created);
    const key = { user: "a stranger", conversation: created.conversation };
    expect(await log.mute(key.conversation, key.user, true, signal)).toBe(false);
    expect(await inbox.rows([key], signal)).toEqual([undefined]);
    expect((await log.read(created.conversation, [], signal))?.members).toHaveLength(2);
  });
}
