import { directConversationId, groupConversationId } from "../../functions/core/log/conversation-id.ts";
import { nextVersion } from "../../functions/core/log/head-version.ts";
import { previewOfTail } from "../../functions/core/log/preview.ts";
import type {
  Change,
  ConversationLog,
  Head,
  Member,
  Segment,
  WriteResult,
} from "../../functions/ports/conversation-log.ts";
import type { Inbox } from "../../functions/ports/inbox.ts";
import type { Entry } from "../../protocol/index.ts";

export interface LogAndInbox {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
}

export const signal = new AbortController().signal;

/** Version of the head that `head` builds. */
const FIRST_VERSION = "001.00000001.AAAA";

/** Nested as deep as a client's JSON may be, far deeper than an attribute could. */
const DEEP = JSON.parse(`${"[".repeat(60)}${"]".repeat(60)}`) as unknown;

/** Builds entries whose bodies hold what only JSON can. */
export function entries(firstSeq: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: firstSeq + index,
    id: `e${firstSeq + index}`,
    sender: "alice",
    kind: "x.any",
    body: {
      deep: DEEP,
      list: [1, "zwei", null, true, {}],
      emoji: "👍",
      nul: "\u0000",
      half: "\ud83d",
      "": "",
    },
    sentAtMs: 1_000 + firstSeq + index,
  }));
}

export function segment(firstSeq: number, count: number, over: Partial<Segment> = {}): Segment {
  return { entries: entries(firstSeq, count), headVersion: FIRST_VERSION, ...over };
}

/** Builds a head. Unless a tail is given, all of its entries are in segments. */
export function head(lastSeq: number, over: Partial<Head> = {}): Head {
  const tail = over.tail ?? [];
  const text = { seq: lastSeq, sender: "alice", kind: "text", text: "hi", sentAtMs: 1_000 + lastSeq };
  return {
    kind: "direct",
    history: "joined",
    createdAtMs: 1_000,
    membersVersion: 1,
    memberCount: 2,
    ownerCount: 0,
    epoch: 1,
    epochBase: 0,
    version: FIRST_VERSION,
    tailFirst: lastSeq - tail.length + 1,
    lastSeq,
    updatedAtMs: 1_000 + lastSeq,
    preview: previewOfTail(tail) ?? text,
    decided: [{ frame: "abc", outcomes: [{ seq: lastSeq }, { refused: "not_found" }] }],
    ...over,
    tail,
  };
}

/** Builds a head that may follow this one: it has another version, and the given changes. */
export function nextHead(before: Head, over: Partial<Head> = {}): Head {
  return { ...before, version: nextVersion(before.version, before.epoch), ...over };
}

/** Builds the head that follows this one with more entries, all of them in its tail. */
export function appended(before: Head, count: number): Head {
  const tail = [...before.tail, ...entries(before.lastSeq + 1, count)];
  const lastSeq = before.lastSeq + count;
  return nextHead(before, { tail, lastSeq, updatedAtMs: 1_000 + lastSeq, preview: previewOfTail(tail) });
}

/** Builds the head that follows this one when entries up to this seq are in a segment. */
export function trimmed(before: Head, seq: number): Head {
  return nextHead(before, { tail: before.tail.filter((entry) => entry.seq > seq), tailFirst: seq + 1 });
}

/** Builds the segment that holds the whole tail of a head. */
export function tailSegment({ tail, version }: Head): Segment {
  return { entries: tail, headVersion: version };
}

let users = 0;

/** Returns a user that no other test uses. */
export function newUser(): string {
  users += 1;
  return `popular ${users}`;
}

export interface NewConversation extends Change {
  readonly conversation: string;
}

export function member(user: string, over: Partial<Member> = {}): Member {
  return { user, role: "member", ranges: [[1]], ...over };
}

/** Builds a conversation of two users that no other test uses, with one segment of `count` entries. */
export function newDirect(count = 1): NewConversation & { users: [string, string] } {
  users += 1;
  const pair: [string, string] = [`alice ${users}`, `bøb/${users}#`];
  return {
    users: pair,
    conversation: directConversationId(...pair),
    before: undefined,
    after: head(count),
    members: pair.map((user) => member(user)),
    segments: [segment(1, count)],
  };
}

export function create(
  log: ConversationLog,
  { conversation, before, after, segments, members }: NewConversation,
): Promise<WriteResult> {
  return log.change(conversation, { before, after, segments, members }, signal);
}

/** Builds a group of these users that no other test uses. */
export function newGroup(names: readonly string[] = ["owner", "one", "two"]): NewConversation {
  users += 1;
  const members = names.map((name, index) => member(name, index === 0 ? { role: "owner" } : {}));
  return {
    conversation: groupConversationId("owner", `group ${users}`),
    before: undefined,
    after: head(1, { kind: "group", title: "Friends", memberCount: names.length, ownerCount: 1 }),
    members,
    segments: [segment(1, 1)],
  };
}

/** About as many members as one transaction takes. */
const MEMBERS_PER_CHANGE = 40;

/** Creates a group with any number of members. */
export async function createGroup(log: ConversationLog, names: readonly string[]): Promise<string> {
  const created = newGroup(names.slice(0, MEMBERS_PER_CHANGE));
  const { conversation } = created;
  await create(log, created);
  let before = created.after;
  for (let from = MEMBERS_PER_CHANGE; from < names.length; from += MEMBERS_PER_CHANGE) {
    const members = names.slice(from, from + MEMBERS_PER_CHANGE).map((name) => member(name));
    const change = nextChange(before, { members });
    const after = { ...change.after, memberCount: from + members.length };
    const { done } = await log.change(conversation, { ...change, after }, signal);
    if (!done) throw new Error("the group did not grow");
    before = after;
  }
  return conversation;
}

/** Builds a change of a conversation without a tail: one more entry, with the given changes. */
export function nextChange(before: Head, over: Partial<Change> = {}): Change {
  const lastSeq = before.lastSeq + 1;
  const after = nextHead(before, {
    lastSeq,
    tailFirst: lastSeq + 1,
    membersVersion: before.membersVersion + 1,
  });
  return { before, after, segments: [segment(lastSeq, 1)], members: [], ...over };
}

/** Reads everything stored about a conversation, to show that nothing of it has changed. */
export async function snapshot({ log, inbox }: LogAndInbox, conversation: string, names: readonly string[]) {
  const keys = names.map((user) => ({ user, conversation }));
  return {
    read: await log.read(conversation, names, signal),
    log: await log.readForward(conversation, { fromSeq: 1, toSeq: 1_000 }, signal),
    rows: await inbox.rows(keys, signal),
  };
}
