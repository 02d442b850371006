import type { HeadSize } from "../../../functions/core/commit/head-write.ts";
import { initialMembers, newConversation } from "../../../functions/core/commit/new-conversation.ts";
import { type Plan, type PlanInput, planWrite } from "../../../functions/core/commit/plan.ts";
import type { Conversation, Head, Member, Segment } from "../../../functions/ports/conversation-log.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { type Entry, utf8Bytes } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { CONVERSATION, textEntry } from "./logs.ts";

export const NOW_MS = 1_000_000;

/** A head counts as large as its JSON. */
export const SIZE: HeadSize = {
  headBytes: 1024,
  storedBytes: (head) => utf8Bytes(JSON.stringify(head)),
};

/** Plans one write of the conversation of Alice and Bob, as the queue does. */
export function plan(over: Partial<PlanInput>): Plan {
  return planWrite({
    conversation: ALICE_BOB,
    source: "queue",
    view: undefined,
    frames: [],
    unrecorded: [],
    stale: new Set(),
    repeatOf: () => undefined,
    stored: () => undefined,
    blocks: new Set(),
    strangers: new Set(),
    blockers: new Set(),
    uninvited: new Map(),
    retentionSeconds: undefined,
    nowMs: NOW_MS,
    epochFloor: 1,
    size: SIZE,
    ...over,
  });
}

const BEGINNING = { epoch: 1, nowMs: 0, retentionSeconds: undefined };

/** Returns the conversation of Alice and Bob, who have both spoken, with `lastSeq` entries behind it, all of them in segments. */
export function directConversation(lastSeq: number, over: Partial<Head> = {}): Conversation {
  const members = spoken(initialMembers(["alice", "bob"]));
  const begun = newConversation({ kind: "direct", members, ...BEGINNING });
  return withHead(begun, { lastSeq, tailFirst: lastSeq + 1, updatedAtMs: 500, ...over });
}

/** Returns Alice's group, in which all have spoken, with `lastSeq` entries behind it, all of them in segments. */
export function groupConversation(lastSeq: number, users: readonly string[]): Conversation {
  const members = spoken(initialMembers(["alice", ...users], "alice"));
  const begun = newConversation({ kind: "group", members, ...BEGINNING });
  return withHead(begun, { lastSeq, tailFirst: lastSeq + 1, updatedAtMs: 500 });
}

/** Returns members who have spoken already, so that their next words change no row. */
export function spoken(members: readonly Member[]): Member[] {
  return members.map((member) => ({ ...member, spoken: true }));
}

export function withHead(view: Conversation, over: Partial<Head>): Conversation {
  return { ...view, head: { ...view.head, ...over } };
}

/** Returns the conversation with `count` more entries, texts of Alice, in the head. */
export function withTail(
  view: Conversation,
  count: number,
  over: (seq: number) => Partial<Entry> = () => ({}),
): Conversation {
  const { lastSeq } = view.head;
  const tail = Array.from({ length: count }, (_, index) => {
    const seq = lastSeq + 1 + index;
    return textEntry(seq, over(seq));
  });
  return withHead(view, { tail, tailFirst: lastSeq + 1, lastSeq: lastSeq + count });
}

/** Finds the segment with an entry among these. */
export function storedIn(segments: readonly Segment[]) {
  return (seq: number) => segments.find(({ entries }) => entries.some((entry) => entry.seq === seq));
}

type NewEntry = Pick<PublishedEntry, "kind" | "body">;
let ids = 0;

/** Builds a frame of Alice to the group with these entries. */
export function frameOf(...entries: readonly NewEntry[]): PublishedFrame {
  const numbered = entries.map((entry) => {
    ids += 1;
    return { id: `n${ids}`, ...entry } as PublishedEntry;
  });
  return published({ conversation: CONVERSATION, to: undefined, entries: numbered });
}

/** Builds a block or unblock of Bob by Alice. */
export function controlFrame(type: "block" | "unblock", over: Partial<PublishedFrame> = {}): PublishedFrame {
  ids += 1;
  return published({ entries: [], control: { id: `control-${ids}`, type }, ...over });
}

export const text = (content: string): NewEntry => ({ kind: "text", body: { text: content } });
export const edit = (of: number, content = "edited"): NewEntry => ({
  kind: "edit",
  body: { of, text: content },
});
export const deletion = (of: number): NewEntry => ({ kind: "delete", body: { of } });
export const react = (of: number, key: string): NewEntry => ({ kind: "reaction", body: { of, key } });
export const add = (users: string[]): NewEntry => ({ kind: "member.add", body: { users } });
