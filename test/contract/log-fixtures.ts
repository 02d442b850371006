import { directConversationId, groupConversationId } from "../../functions/core/log/conversation-id.ts";
import type {
  Change,
  ConversationLog,
  Head,
  Member,
  Segment,
} from "../../functions/ports/conversation-log.ts";
import type { Inbox } from "../../functions/ports/inbox.ts";

export interface LogAndInbox {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
}

export const signal = new AbortController().signal;

export function segment(firstSeq: number, count: number, over: Partial<Segment> = {}): Segment {
  return {
    entries: Array.from({ length: count }, (_, index) => ({
      seq: firstSeq + index,
      id: `e${firstSeq + index}`,
      sender: "alice",
      kind: "x.any",
      body: { deep: [{ list: [1, "zwei", null, true] }], emoji: "👍", nul: "\u0000" },
      sentAtMs: 1_000 + firstSeq + index,
    })),
    decided: [{ frame: `f${firstSeq}`, outcomes: [{ seq: firstSeq }, { refused: "not_found" }] }],
    ...over,
  };
}

export function head(lastSeq: number, over: Partial<Head> = {}): Head {
  return {
    kind: "direct",
    history: "joined",
    createdAtMs: 1_000,
    membersVersion: 1,
    memberCount: 2,
    ownerCount: 0,
    epoch: 1,
    epochBase: 0,
    lastSeq,
    updatedAtMs: 1_000 + lastSeq,
    preview: { seq: lastSeq, sender: "alice", kind: "text", text: "hi", sentAtMs: 1_000 + lastSeq },
    decided: [{ frame: "abc", outcomes: [{ seq: lastSeq }] }],
    ...over,
  };
}

let users = 0;

/** Returns a user that no other test uses. */
export function newUser(): string {
  users += 1;
  return `popular ${users}`;
}

export interface NewConversation extends Change {
  readonly conversation: string;
  readonly segment: Segment;
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
    creates: true,
    head: head(count),
    members: pair.map((user) => member(user)),
    rewritten: [],
    segment: segment(1, count),
  };
}

export function create(log: ConversationLog, { conversation, ...change }: NewConversation): Promise<boolean> {
  return log.change(conversation, change, signal);
}

/** Builds a group of these users that no other test uses. */
export function newGroup(names: readonly string[] = ["owner", "one", "two"]): NewConversation {
  users += 1;
  const members = names.map((name, index) => member(name, index === 0 ? { role: "owner" } : {}));
  return {
    conversation: groupConversationId("owner", `group ${users}`),
    creates: true,
    head: head(1, { kind: "group", title: "Friends", memberCount: names.length, ownerCount: 1 }),
    members,
    rewritten: [],
    segment: segment(1, 1),
  };
}

/** About as many members as one transaction takes. */
const MEMBERS_PER_CHANGE = 40;

/** Creates a group with any number of members. */
export async function createGroup(log: ConversationLog, names: readonly string[]): Promise<string> {
  const created = newGroup(names.slice(0, MEMBERS_PER_CHANGE));
  const { conversation } = created;
  await create(log, created);
  for (let from = MEMBERS_PER_CHANGE, seq = 2; from < names.length; from += MEMBERS_PER_CHANGE, seq++) {
    const members = names.slice(from, from + MEMBERS_PER_CHANGE).map((name) => member(name));
    const grown = { ...created.head, lastSeq: seq, membersVersion: seq, memberCount: from + members.length };
    const change = { creates: false, head: grown, members, rewritten: [], segment: segment(seq, 1) };
    if (!(await log.change(conversation, change, signal))) throw new Error("the group did not grow");
  }
  return conversation;
}

/** Builds the change that follows a newly created conversation: one more entry, with the given changes. */
export function nextChange({ head: before }: NewConversation, over: Partial<Change> = {}): Change {
  const lastSeq = before.lastSeq + 1;
  return {
    creates: false,
    head: { ...before, lastSeq, membersVersion: before.membersVersion + 1 },
    segment: segment(lastSeq, 1),
    members: [],
    rewritten: [],
    ...over,
  };
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
