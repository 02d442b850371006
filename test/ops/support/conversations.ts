import type { Head, Member } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import { partFacts, type SegmentFacts, segmentFacts } from "../../../ops/doctor/heads/log-facts.ts";
import type { StoredConversation } from "../../../ops/doctor/heads/stored-conversation.ts";
import type { Entry } from "../../../protocol/index.ts";
import { CONVERSATION, textEntry } from "../../core/support/logs.ts";
import { ALICE_BOB, headOf } from "../../support/frames.ts";

/** Returns the version of the nth write, in the first epoch or another. */
export function version(write: number, epoch = 1): string {
  return `${String(epoch).padStart(3, "0")}.${write.toString(36).padStart(8, "0")}.test`;
}

export function texts(from: number, to: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => textEntry(from + index));
}

export function segment(
  from: number,
  to: number,
  write: number,
  over: Partial<SegmentFacts> = {},
): SegmentFacts {
  return segmentOfEntries(texts(from, to), write, over);
}

export function segmentOfEntries(
  entries: readonly Entry[],
  write: number,
  over: Partial<SegmentFacts> = {},
): SegmentFacts {
  const facts = segmentFacts({ entries, headVersion: version(write) });
  if (facts === undefined) throw new Error("a segment has entries");
  return { ...facts, ...over };
}

export function parts(entries: readonly Entry[]) {
  const facts = partFacts(entries);
  return facts === undefined ? [] : [facts];
}

/** Builds a head of the nth write with the entries from `tailFirst` to `lastSeq` in its tail. */
export function headAt(write: number, tailFirst: number, lastSeq: number, over: Partial<Head> = {}): Head {
  const tail = texts(tailFirst, lastSeq);
  return headOf({ version: version(write), tailFirst, tail, lastSeq, updatedAtMs: lastSeq, ...over });
}

/** Builds a conversation of Alice and Bob. */
export function direct(over: Partial<StoredConversation> = {}): StoredConversation {
  const member = (user: string): Member => ({ user, role: "member", ranges: [[1]] });
  const row = (peer: string): InboxRow => ({ conversation: ALICE_BOB, peer, role: "member", ranges: [[1]] });
  return {
    conversation: ALICE_BOB,
    head: headAt(9, 11, 12),
    members: [member("alice"), member("bob")],
    segments: [segment(1, 5, 3), segment(6, 10, 7)],
    rows: new Map([
      ["alice", row("bob")],
      ["bob", row("alice")],
    ]),
    unreadable: [],
    ...over,
  };
}

/** Builds a group that Alice has created with Bob, with these entries after the first. */
export function group(entries: readonly Entry[], over: Partial<StoredConversation> = {}): StoredConversation {
  const create = textEntry(1, {
    kind: "create",
    body: { members: ["bob"], title: "Friends", history: "joined" },
  });
  const all = [create, ...entries];
  const members: Member[] = [
    { user: "alice", role: "owner", ranges: [[1]] },
    { user: "bob", role: "member", ranges: [[1]] },
  ];
  const lastSeq = all.length;
  const head: Partial<Head> = { kind: "group", title: "Friends", memberCount: 2, ownerCount: 1 };
  return {
    conversation: CONVERSATION,
    head: headAt(9, lastSeq + 1, lastSeq, { ...head, updatedAtMs: lastSeq }),
    members,
    segments: [segmentOfEntries(all, 8)],
    rows: rowsOf(members),
    unreadable: [],
    ...over,
  };
}

/** Returns the inbox rows of a group's members. */
export function rowsOf(members: readonly Member[]): Map<string, InboxRow> {
  return new Map(
    members.map(({ user, role, ranges }) => [user, { conversation: CONVERSATION, role, ranges }] as const),
  );
}
