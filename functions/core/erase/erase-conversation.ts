import { randomUUID } from "node:crypto";
import pMap from "p-map";
import type { Conversation, ConversationLog, Member } from "../../ports/conversation-log.ts";
import type { Traces } from "../../ports/erasure.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { type CommitDeps, push } from "../commit/acknowledge-and-push.ts";
import { appendFrames } from "../commit/append.ts";
import { bySeniority } from "../commit/membership.ts";
import { seqsOf } from "../commit/replies.ts";
import { publishApart } from "../delivery/publish.ts";
import { nextVersion } from "../log/head-version.ts";
import { closed, isOpen } from "../log/readable-ranges.ts";
import { eraseInLog } from "./erase-log.ts";
import type { Erasure } from "./erased-entry.ts";

export interface EraseConversationDeps extends CommitDeps {
  readonly inbox: Inbox;
  readonly epochFloor: number;
}

const PUSH_BUDGET_MS = 500;
const MAX_ATTEMPTS = 5;
const MEMBERS_PAGE = 500;
const WRITES_AT_ONCE = 10;

/** A conversation has no room for another write now; the same call later goes on. */
export class ErasureDelayed extends Error {
  override readonly name = "ErasureDelayed";
}

/**
 * Says in the log that a user is erased, which ends the user's membership, and tells the members. Returns the seq of that
 * entry: whatever the user wrote is before it. Undefined if the conversation has no entries.
 */
export async function appendErased(
  deps: EraseConversationDeps,
  { conversation, erasedSeq, ranges }: InboxRow,
  { user, tombstone, atMs }: Erasure,
  signal: AbortSignal,
): Promise<number | undefined> {
  // The row says so since the entry was written. Who was added again meanwhile is erased again.
  if (erasedSeq !== undefined && !isOpen(ranges)) return erasedSeq;
  const view = await deps.log.read(conversation, [user], signal);
  if (view === undefined) return undefined;
  if (view.head.lastSeq === 0)
    return leaveSilent(deps, { conversation, view }, { user, tombstone, atMs }, signal);
  const owner = await nextOwner(deps, { conversation, view }, user, signal);
  const id = randomUUID();
  const frame: PublishedFrame = {
    frame: `erase/${id}`,
    sender: { user: tombstone },
    system: true,
    conversation,
    entries: [{ id, kind: "erased", body: { user, tombstone, ...(owner !== undefined && { owner }) } }],
    receivedAtMs: atMs,
  };
  const result = await appendFrames(
    deps,
    conversation,
    [frame],
    { source: "direct", maxAttempts: MAX_ATTEMPTS },
    signal,
  );
  const [decision] = result?.decisions ?? [];
  const seq = decision && seqsOf(decision)[0];
  if (result === undefined || seq === undefined) throw new ErasureDelayed();
  await result.entries?.readSeqs([seq], signal);
  await publishApart(deps, await push(deps, conversation, result, PUSH_BUDGET_MS, signal), signal);
  return seq;
}

/** Removes the user's name from the rows of members whom the user has added. Nobody is added by them any more. */
export async function eraseAdder(
  { log, inbox }: EraseConversationDeps,
  conversation: string,
  user: string,
  signal: AbortSignal,
): Promise<void> {
  for await (const members of membersOf(log, conversation, signal)) {
    const rows = await inbox.rows(
      members.map((member) => ({ user: member.user, conversation })),
      signal,
    );
    const added = members.filter((_, index) => rows[index]?.addedBy === user);
    await pMap(added, (member) => inbox.removeAdder({ user: member.user, conversation }, user, signal), {
      concurrency: WRITES_AT_ONCE,
    });
  }
}

/** Yields the members of a conversation, page by page. */
async function* membersOf(log: ConversationLog, conversation: string, signal: AbortSignal) {
  let after: string | undefined;
  do {
    const page = await log.members(conversation, { after, limit: MEMBERS_PAGE }, signal);
    yield page.members;
    after = page.next;
  } while (after !== undefined);
}

/** Returns the next owner of a large group, whose members the writer of the entry does not read. */
async function nextOwner(
  { log }: EraseConversationDeps,
  { conversation, view }: { conversation: string; view: Conversation },
  user: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isOwner = view.members.some((member) => member.user === user && member.role === "owner");
  if (view.complete || !isOwner || view.head.ownerCount > 1) return undefined;
  let next: Member | undefined;
  for await (const members of membersOf(log, conversation, signal)) {
    for (const member of members) {
      if (member.user !== user && (next === undefined || bySeniority(member, next) < 0)) next = member;
    }
  }
  return next?.user;
}

/** Leaves a conversation that only a block has made: it has no entries, and gets none. */
async function leaveSilent(
  { log }: EraseConversationDeps,
  { conversation, view }: { conversation: string; view: Conversation },
  erased: Erasure,
  signal: AbortSignal,
): Promise<undefined> {
  const { head } = view;
  const own = view.members.find(({ user }) => user === erased.user);
  if (own === undefined) return undefined;
  const others = view.members.filter((member) => member !== own).map(({ blocked: _, ...rest }) => rest);
  const after = {
    ...head,
    version: nextVersion(head.version, head.epoch),
    membersVersion: head.membersVersion + 1,
    memberCount: head.memberCount - 1,
    vacatedAtMs: erased.atMs,
  };
  const members = [...others, { ...own, ranges: closed(own.ranges, 0) }];
  const change = { before: head, after, segments: [], members, erased };
  const { done } = await log.change(conversation, change, signal);
  if (!done) throw new ErasureDelayed();
  return undefined;
}

/** Removes the user from some entries of the log before the `erased` one. */
export async function eraseSome(
  deps: EraseConversationDeps,
  range: { conversation: string; fromSeq: number; toSeq: number },
  erasure: Erasure,
  signal: AbortSignal,
): Promise<{ readonly next: number | undefined; readonly traces: Traces }> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const step = await eraseInLog(deps, range, erasure, signal);
    if (step !== undefined) return step;
  }
  throw new ErasureDelayed();
}
