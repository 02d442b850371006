import { expect, test } from "vitest";
import type { Member, Segment, WriteResult } from "../../../../functions/ports/conversation-log.ts";
import { diagnose } from "../../../../ops/doctor/heads/diagnose.ts";
import { examine } from "../../../../ops/doctor/heads/examine.ts";
import { applyMend } from "../../../../ops/doctor/heads/mend.ts";
import type { Entry } from "../../../../protocol/index.ts";
import { CONVERSATION, textEntry } from "../../../core/support/logs.ts";
import { ALICE_BOB } from "../../../support/frames.ts";
import { MemoryLog, MemoryStore } from "../../../support/memory-ports.ts";
import { headAt, texts, version } from "../../support/conversations.ts";
import { MemoryHeadsStore } from "../../support/memory-heads-store.ts";

const signal = new AbortController().signal;
const mending = { mends: true, nowMs: 1_000, users: [] };

function segment(entries: readonly Entry[], write: number): Segment {
  return { entries, headVersion: version(write) };
}

/** Stores the conversation of Alice and Bob: its head is of the ninth write. */
function stored(segments: readonly Segment[], tailFirst: number, lastSeq: number): MemoryStore {
  const store = new MemoryStore();
  for (const one of segments) store.put(ALICE_BOB, one);
  store.heads.set(ALICE_BOB, headAt(9, tailFirst, lastSeq));
  for (const [user, peer] of [
    ["alice", "bob"],
    ["bob", "alice"],
  ] as const) {
    store.putMember(ALICE_BOB, { user, role: "member", ranges: [[1]] });
    store.putRow(user, { conversation: ALICE_BOB, peer, role: "member", ranges: [[1]] });
  }
  return store;
}

const outcomes = async (store: MemoryStore, options = mending) =>
  (await examine(new MemoryHeadsStore(store), ALICE_BOB, options, signal)).map(({ kind, outcome }) => [
    kind,
    outcome,
  ]);

const seqsOf = (store: MemoryStore) => store.entries(ALICE_BOB).map(({ seq }) => seq);

test("without mending, nothing is written", async () => {
  const store = stored([segment(texts(1, 3), 12)], 1, 1);
  const before = store.heads.get(ALICE_BOB);
  expect(await outcomes(store, { ...mending, mends: false })).toEqual([["head-behind", "open"]]);
  expect(store.heads.get(ALICE_BOB)).toBe(before);
});

test("segments that overlap are cut, and one without entries of its own is deleted", async () => {
  const store = stored([segment(texts(1, 5), 3), segment(texts(4, 10), 7), segment(texts(8, 9), 5)], 11, 12);
  expect((await outcomes(store)).every(([, outcome]) => outcome === "mended")).toBe(true);
  expect(seqsOf(store)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect([...(store.segments.get(ALICE_BOB)?.keys() ?? [])]).toEqual([1, 4]);
});

test("a deletion is carried out again: the entry and its edits have no text any more", async () => {
  const edit = textEntry(4, { kind: "edit", body: { of: 2, text: "secret" } });
  const deletion = textEntry(6, { kind: "delete", body: { of: 2 } });
  const store = stored([segment([...texts(1, 3), edit], 3), segment([textEntry(5), deletion], 7)], 7, 8);
  expect(await outcomes(store)).toEqual([["entry", "mended"]]);
  const entries = store.entries(ALICE_BOB);
  expect(entries[1]).toMatchObject({ body: null, deletedAtMs: 6 });
  expect(entries[3]?.body).toEqual({ of: 2 });
  expect(JSON.stringify(entries)).not.toContain("secret");
  expect(store.segment(ALICE_BOB, 1)?.headVersion).toBe(store.heads.get(ALICE_BOB)?.version);
  expect(await outcomes(store)).toEqual([]);
});

test("the last edit is carried out again, and only it keeps the text", async () => {
  const first = textEntry(4, { kind: "edit", body: { of: 2, text: "first" } });
  const store = stored([segment([...texts(1, 3), first], 3)], 5, 5);
  const head = headAt(9, 5, 5);
  const second = textEntry(5, { kind: "edit", body: { of: 2, text: "second" } });
  store.heads.set(ALICE_BOB, { ...head, tail: [second] });
  expect(await outcomes(store)).toEqual([["entry", "mended"]]);
  const entries = store.entries(ALICE_BOB);
  expect(entries[1]).toMatchObject({ body: { text: "second" }, editSeq: 5, editedAtMs: 5 });
  expect(entries[3]?.body).toEqual({ of: 2 });
  expect(entries[4]?.body).toEqual({ of: 2, text: "second" });
});

test("a group with more members than one transaction takes is mended in several", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `user ${index}`);
  const create = textEntry(1, {
    kind: "create",
    body: { members: names, title: "Friends", history: "joined" },
  });
  const store = new MemoryStore();
  store.put(CONVERSATION, segment([create], 1));
  const sizes: number[] = [];
  const heads = new MemoryHeadsStore(store);
  const change = heads.log.change.bind(heads.log);
  heads.log.change = (conversation, one) => {
    sizes.push(one.members.length);
    return change(conversation, one);
  };
  const findings = await examine(heads, CONVERSATION, mending, signal);
  expect(findings.every(({ outcome }) => outcome === "mended" || outcome === "left")).toBe(true);
  expect(sizes).toEqual([40, 40, 21]);
  expect(store.heads.get(CONVERSATION)).toMatchObject({ memberCount: 101, ownerCount: 1, title: "Friends" });
  expect(store.row({ user: "user 99", conversation: CONVERSATION })).toMatchObject({ ranges: [[1]] });
});

test("a mute that only one row knows is in both", async () => {
  const store = stored([segment(texts(1, 3), 3)], 4, 4);
  store.putMember(ALICE_BOB, { user: "alice", role: "member", ranges: [[1]], muted: true } satisfies Member);
  expect(await outcomes(store)).toEqual([["inbox-row", "mended"]]);
  expect(store.row({ user: "alice", conversation: ALICE_BOB })?.muted).toBe(true);
});

test("a mend that loses a race is planned again on what the winner has left", async () => {
  const store = stored([segment(texts(1, 3), 12)], 1, 1);
  const heads = new MemoryHeadsStore(store);
  let races = 0;
  class RacingLog extends MemoryLog {
    override async change(...args: Parameters<MemoryLog["change"]>): Promise<WriteResult> {
      races += 1;
      if (races === 1) {
        const head = store.heads.get(ALICE_BOB);
        if (head !== undefined) store.heads.set(ALICE_BOB, { ...head, version: version(10) });
      }
      return super.change(...args);
    }
  }
  const racing = Object.assign(heads, { log: new RacingLog(store) });
  const findings = await examine(racing, ALICE_BOB, mending, signal);
  expect(findings.map(({ outcome }) => outcome)).toEqual(["mended"]);
  expect(races).toBe(2);
  expect(seqsOf(store)).toEqual([1, 2, 3]);
});

test("a mend on a head that has moved on writes nothing", async () => {
  const store = stored([segment(texts(1, 3), 12)], 1, 1);
  const heads = new MemoryHeadsStore(store);
  const facts = await heads.read(ALICE_BOB);
  const { mend } = diagnose(facts, 1_000);
  if (mend === undefined) throw new Error("there is nothing to mend");
  store.heads.set(ALICE_BOB, headAt(13, 4, 4));
  expect(await applyMend(heads, ALICE_BOB, mend, facts.segments, signal)).toBe(false);
  expect(store.heads.get(ALICE_BOB)?.version).toBe(version(13));
});

test("a conversation that changes while it is read is left, and the report says so", async () => {
  const heads = Object.assign(new MemoryHeadsStore(new MemoryStore()), { read: async () => undefined });
  expect(await examine(heads, ALICE_BOB, mending, signal)).toMatchObject([{ kind: "busy", outcome: "left" }]);
});
