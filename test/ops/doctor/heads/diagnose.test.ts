import { describe, expect, test } from "vitest";
import type { Member } from "../../../../functions/ports/conversation-log.ts";
import { diagnose } from "../../../../ops/doctor/heads/diagnose.ts";
import type { StoredConversation } from "../../../../ops/doctor/heads/stored-conversation.ts";
import { textEntry } from "../../../core/support/logs.ts";
import {
  direct,
  group,
  headAt,
  rowsOf,
  segment,
  segmentOfEntries,
  version,
} from "../../support/conversations.ts";

const NOW_MS = 1_000;

function findings(stored: StoredConversation) {
  return diagnose(stored, NOW_MS).findings.map(({ kind, remedy, isDone }) =>
    [kind, remedy, ...(isDone ? ["done"] : [])].join(" "),
  );
}

function headAfter(stored: StoredConversation) {
  const { mend } = diagnose(stored, NOW_MS);
  if (mend === undefined) throw new Error("there is nothing to mend");
  return mend.after;
}

const without = (stored: StoredConversation, user: string) =>
  new Map([...stored.rows].filter(([name]) => name !== user));

test("nothing is wrong with a live conversation", () => {
  expect(diagnose(direct(), NOW_MS)).toEqual({ findings: [], mend: undefined });
  expect(diagnose(group([textEntry(2)]), NOW_MS)).toEqual({ findings: [], mend: undefined });
});

test("an item that cannot be read is left, and nothing else is judged", () => {
  const stored = direct({ unreadable: ["SEG#0000000000000001"], segments: [] });
  expect(findings(stored)).toEqual(["unreadable none"]);
});

describe("the head and its segments", () => {
  test("a flush that did not finish is no finding", () => {
    for (const headVersion of [version(9), version(4)]) {
      const segments = [...direct().segments, segment(11, 12, 9, { headVersion })];
      expect(findings(direct({ segments }))).toEqual([]);
    }
  });

  test("a head that is older than its segments takes over their entries, in a version above theirs", () => {
    const stored = direct({ head: headAt(4, 6, 7, { announcedSeq: 7, flushDue: true }) });
    expect(findings(stored)).toEqual(["head-behind mend"]);
    const head = headAfter(stored);
    expect(head).toMatchObject({ tailFirst: 11, lastSeq: 10, tail: [], updatedAtMs: 10, announcedSeq: 10 });
    expect(head.preview?.seq).toBe(10);
    expect(head).not.toHaveProperty("flushDue");
    expect(head.version > version(7)).toBe(true);
  });

  test("a head keeps the newest entries of its tail, and puts those before later segments into one", () => {
    const segments = [segment(1, 5, 3), segment(9, 10, 8)];
    const stored = direct({ head: headAt(4, 6, 9), segments });
    const { mend } = diagnose(stored, NOW_MS);
    expect(mend?.filled.map((entries) => entries.map(({ seq }) => seq))).toEqual([[6, 7, 8]]);
    expect(mend?.after).toMatchObject({ tailFirst: 11, lastSeq: 10 });
    const longer = diagnose(direct({ head: headAt(4, 6, 12), segments }), NOW_MS).mend?.after;
    expect(longer).toMatchObject({ tailFirst: 11, lastSeq: 12 });
    expect(longer?.tail.map(({ seq }) => seq)).toEqual([11, 12]);
  });

  test("title and retention follow the entries that the head takes over", () => {
    const rename = textEntry(2, { kind: "rename", body: { title: "Foes" } });
    const retention = textEntry(3, { kind: "retention", body: { seconds: 60 } });
    const head = headAt(4, 2, 1, { ...group([]).head, version: version(4), tailFirst: 2, lastSeq: 1 });
    const segments = [segmentOfEntries([firstOf(), rename, retention], 8)].flatMap(({ ...facts }) => [
      { ...facts, firstSeq: 2, changes: facts.changes.slice(1) },
    ]);
    const stored = group([], { head, segments: [...group([]).segments, ...segments] });
    expect(headAfter(stored)).toMatchObject({ title: "Foes", retentionSeconds: 60, lastSeq: 3 });
  });

  test("a head whose segments were rewritten later gets a version above theirs", () => {
    const stored = direct({ segments: [segment(1, 5, 12), segment(6, 10, 7)] });
    expect(findings(stored)).toEqual(["head-behind mend"]);
    expect(headAfter(stored)).toMatchObject({ tailFirst: 11, lastSeq: 12 });
    expect(headAfter(stored).version > version(12)).toBe(true);
  });

  test("a head from before an epoch that its segments know is in that epoch", () => {
    const segments = [segment(1, 5, 3), segment(6, 10, 7, { headVersion: version(7, 2) })];
    const head = headAfter(direct({ head: headAt(4, 6, 7), segments }));
    expect(head).toMatchObject({ epoch: 2, epochBase: 7 });
    expect(head.version > version(7, 2)).toBe(true);
  });

  test("where segments overlap, the newer one has the entries, and the older one what is left of it", () => {
    const stored = direct({ segments: [segment(1, 5, 3), segment(4, 8, 5), segment(6, 10, 7)] });
    expect(findings(stored)).toEqual(["overlap mend", "overlap mend"]);
    const cuts = diagnose(stored, NOW_MS).mend?.cuts.map(({ segment: { firstSeq }, keep }) => [
      firstSeq,
      keep,
    ]);
    expect(cuts).toEqual([
      [1, [[1, 3]]],
      [4, [[4, 5]]],
    ]);
  });

  test("the tail of a head is newer than a segment below it", () => {
    const stored = direct({ segments: [segment(1, 5, 3), segment(6, 11, 7)] });
    const { mend } = diagnose(stored, NOW_MS);
    expect(mend?.cuts.map(({ keep }) => keep)).toEqual([[[6, 10]]]);
  });
});

describe("entries that are gone", () => {
  test("a hole is marked in the head; a marked one needs nothing more", () => {
    const segments = [segment(1, 5, 3), segment(9, 10, 7)];
    expect(findings(direct({ segments }))).toEqual(["hole mark"]);
    expect(headAfter(direct({ segments })).missing).toEqual([[6, 8]]);
    const marked = direct({ segments, head: headAt(9, 11, 12, { missing: [[6, 8]] }) });
    expect(findings(marked)).toEqual(["hole mark done"]);
    expect(diagnose(marked, NOW_MS).mend).toBeUndefined();
  });

  test.each([
    ["at the beginning", [segment(6, 10, 7)], [[1, 5]]],
    ["at the end", [segment(1, 5, 3)], [[6, 10]]],
    ["everywhere", [], [[1, 10]]],
  ])("a hole %s is one too", (_, segments, missing) => {
    expect(headAfter(direct({ segments })).missing).toEqual(missing);
  });

  test("a mark of entries that have come back is removed", () => {
    const stored = direct({ head: headAt(9, 11, 12, { missing: [[6, 8]] }) });
    expect(findings(stored)).toEqual(["mark mend"]);
    expect(headAfter(stored)).not.toHaveProperty("missing");
  });

  test("with a retention, entries before the first visible one may be gone, and only they", () => {
    const head = (createdAtMs: number) =>
      headAt(9, 11, 12, {
        retentionSeconds: 1,
        createdAtMs,
        tail: [textEntry(11, { sentAtMs: 1_500 })],
        lastSeq: 11,
      });
    const visible = { firstSentAtMs: 1_400, lastSentAtMs: 1_400 };
    const nowMs = 2_000;
    const of = (segments: StoredConversation["segments"], createdAtMs = 0) =>
      diagnose(direct({ head: head(createdAtMs), segments }), nowMs).findings.map(({ kind }) => kind);
    expect(of([segment(6, 10, 7, visible)])).toEqual([]);
    // An expired segment, which the store may still have, tells nothing.
    expect(of([segment(1, 2, 3), segment(6, 10, 7, visible)])).toEqual([]);
    expect(of([segment(1, 2, 3, { ...visible, expiresAtMs: 1_999 }), segment(6, 10, 7, visible)])).toEqual(
      [],
    );
    expect(of([segment(1, 5, 3, visible), segment(8, 10, 7, visible)])).toEqual(["hole"]);
    // Nothing of a conversation that is younger than its retention has expired.
    expect(of([segment(6, 10, 7, visible)], 1_300)).toEqual(["hole"]);
  });

  test.each([
    ["a direct conversation", direct({ head: undefined }), { kind: "direct", lastSeq: 10, memberCount: 2 }],
    [
      "a group whose first entry is there",
      group([textEntry(2)], { head: undefined }),
      { kind: "group", title: "Friends", history: "joined", lastSeq: 2, memberCount: 2, ownerCount: 1 },
    ],
  ])("the head of %s is made anew of its segments", (_, stored, head) => {
    const { findings: found, mend } = diagnose(stored, NOW_MS);
    expect(found.map(({ kind, remedy }) => [kind, remedy])).toEqual([["head-missing", "mend"]]);
    expect(mend?.before).toBeUndefined();
    expect(mend?.after).toMatchObject({ ...head, tail: [] });
    expect(mend?.members).toEqual(stored.members);
  });

  test("a new head has the retention that its segments were written with", () => {
    const segments = [segment(1, 5, 3, { expiresAtMs: 90_005 })];
    expect(headAfter(direct({ head: undefined, segments })).retentionSeconds).toBe(90);
  });

  test.each([
    ["a group whose first entry is gone", group([], { head: undefined, segments: [segment(2, 3, 8)] })],
    ["a conversation of which only rows are left", direct({ head: undefined, segments: [] })],
    ["a direct conversation with strangers", direct({ head: undefined, members: [], rows: new Map() })],
  ])("%s is left, with what there is of it", (_, stored) => {
    const { findings: found, mend } = diagnose(stored, NOW_MS);
    expect(found.map(({ kind, remedy }) => [kind, remedy])).toEqual([["head-missing", "none"]]);
    expect(found[0]?.detail).toMatch(/no head, but segments: \d+, member rows: \d+, inbox rows: \d+/);
    expect(mend).toBeUndefined();
  });

  test("a block without entries that has lost its head is kept", () => {
    const rows = new Map([...direct().rows].map(([user, row]) => [user, { ...row, silent: true }]));
    const members: Member[] = [
      { user: "alice", role: "member", ranges: [[1]] },
      { user: "bob", role: "member", ranges: [[1]], blocked: true },
    ];
    const { mend } = diagnose(direct({ head: undefined, segments: [], rows, members }), NOW_MS);
    expect(mend?.after).toMatchObject({ lastSeq: 0, tailFirst: 1 });
    expect(mend?.members).toEqual(members);
  });
});

describe("members", () => {
  test("counts follow the rows", () => {
    const stored = group([]);
    const head = stored.head && { ...stored.head, memberCount: 3, ownerCount: 0 };
    expect(findings({ ...stored, head })).toEqual(["counts mend"]);
    expect(headAfter({ ...stored, head })).toMatchObject({ memberCount: 2, ownerCount: 1 });
    expect(headAfter({ ...stored, head }).membersVersion).toBeGreaterThan(head?.membersVersion ?? 0);
  });

  test("an inbox row that is missing or different is made of its member row", () => {
    const stored = group([]);
    const bob: Member = { user: "bob", role: "member", ranges: [[2]] };
    for (const rows of [without(stored, "bob"), new Map([...stored.rows, ...rowsOf([bob])])]) {
      expect(findings({ ...stored, rows })).toEqual(["inbox-row mend"]);
      expect(diagnose({ ...stored, rows }, NOW_MS).mend?.members).toEqual([stored.members[1]]);
    }
  });

  test.each([
    ["peer", { peer: "carol" }],
    ["blocking", { blocking: true }],
    ["blocked", { blocked: true }],
    ["silent", { silent: true }],
  ])("a wrong %s of a direct conversation is mended, with both rows", (_, wrong) => {
    const stored = direct();
    const alice = stored.rows.get("alice");
    if (alice === undefined) throw new Error("there is no row");
    const torn = { ...stored, rows: new Map([...stored.rows, ["alice", { ...alice, ...wrong }]]) };
    expect(findings(torn)).toEqual(["inbox-row mend"]);
    const { mend } = diagnose(torn, NOW_MS);
    expect(mend?.members.toSorted((a, b) => (a.user < b.user ? -1 : 1))).toEqual(stored.members);
  });

  test("a lost row of a direct conversation is known from the other side", () => {
    const stored = direct();
    const torn = { ...stored, members: stored.members.slice(0, 1), rows: without(stored, "bob") };
    expect(findings(torn)).toEqual(["member-row mend", "inbox-row mend"]);
    expect(diagnose(torn, NOW_MS).mend?.members).toEqual(stored.members);
  });

  test("both rows agree whether a member is muted", () => {
    const stored = group([]);
    const members = stored.members.map((member) => ({ ...member, muted: member.user === "bob" }));
    expect(findings({ ...stored, members })).toEqual(["inbox-row mend"]);
    expect(diagnose({ ...stored, members }, NOW_MS).mend?.muted.map(({ user }) => user)).toEqual(["bob"]);
  });

  test("a user whom the log has removed is no member, whatever the rows say", () => {
    const stored = group([textEntry(2, { kind: "member.remove", body: { users: ["bob"] } })]);
    expect(findings(stored)).toEqual(["counts mend", "member-row mend", "inbox-row mend"]);
    const { mend } = diagnose(stored, NOW_MS);
    expect(mend?.members).toEqual([{ user: "bob", role: "member", ranges: [[1, 2]] }]);
    expect(mend?.after).toMatchObject({ memberCount: 1, ownerCount: 1 });
  });

  test("a user whom the log has added is a member, also without any row", () => {
    const stored = group([textEntry(2, { kind: "member.add", body: { users: ["carol"] } })]);
    expect(findings(stored)).toEqual(["counts mend", "member-row mend", "inbox-row mend"]);
    const { mend } = diagnose(stored, NOW_MS);
    expect(mend?.members).toEqual([{ user: "carol", role: "member", ranges: [[2]] }]);
  });

  test("an inbox row that nothing confirms is left", () => {
    const stored = group([]);
    const carol = { conversation: stored.conversation, role: "member", ranges: [[2]] } as const;
    const torn = { ...stored, rows: new Map([...stored.rows, ["carol", carol]]) };
    expect(findings(torn)).toEqual(["inbox-row none"]);
    expect(diagnose(torn, NOW_MS).mend).toBeUndefined();
  });

  test("an inbox row of a former member needs no member row", () => {
    const stored = group([]);
    const carol = { conversation: stored.conversation, role: "member", ranges: [[2, 3]] } as const;
    expect(findings({ ...stored, rows: new Map([...stored.rows, ["carol", carol]]) })).toEqual([]);
  });
});

describe("edits and deletions", () => {
  const entries = (...more: ReturnType<typeof textEntry>[]) =>
    direct({
      segments: [segmentOfEntries([...[1, 2, 3].map((seq) => textEntry(seq)), ...more], 7)],
      head: undefined,
    });
  const stored = (...more: ReturnType<typeof textEntry>[]) => {
    const lastSeq = 3 + more.length;
    return { ...entries(...more), head: headAt(9, lastSeq + 1, lastSeq) };
  };

  test("an entry whose deletion or edit is in the log must show it", () => {
    const deletion = textEntry(4, { kind: "delete", body: { of: 2 } });
    const edit = textEntry(4, { kind: "edit", body: { of: 2, text: "new" } });
    expect(findings(stored(deletion))).toEqual(["entry mend"]);
    expect(findings(stored(edit))).toEqual(["entry mend"]);
    expect(diagnose(stored(deletion), NOW_MS).mend?.outdated).toMatchObject([{ seq: 2, deleteSeq: 4 }]);
    expect(diagnose(stored(edit), NOW_MS).mend?.outdated).toMatchObject([{ seq: 2, editSeq: 4 }]);
  });

  test("an edit whose text is lost is left", () => {
    expect(findings(stored(textEntry(4, { kind: "edit", body: { of: 2 } })))).toEqual(["entry none"]);
  });
});

function firstOf() {
  return textEntry(1, { kind: "create", body: { members: ["bob"] } });
}
