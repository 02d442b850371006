import type { Conversation, ConversationLog, Member } from "../../ports/conversation-log.ts";
import type { ChatEvent } from "../../ports/events.ts";
import type { Delivery, Outbound, OutboundTopic } from "../../ports/topics.ts";
import { committedEvents, type EventDeps, undeliveredEvents } from "../delivery/events.ts";
import { pushToMembers } from "../delivery/fan-out.ts";
import { firstWords } from "../delivery/first-words.ts";
import { publishApart, type Unpublished, unpublished } from "../delivery/publish.ts";
import { type Push, type PushDeps, pushAll, withFrameIds } from "../delivery/push.ts";
import { removedMembers } from "../delivery/removed-members.ts";
import { isSmall, shards } from "../delivery/shards.ts";
import { EntryCache } from "../log/entry-cache.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import type { AppendDeps, CommitResult } from "./append.ts";
import type { Decision } from "./plan.ts";
import { type Answer, answersTo, refusedEvent, seqsOf } from "./replies.ts";

export interface CommitDeps extends AppendDeps, PushDeps, EventDeps {
  readonly log: ConversationLog;
  readonly outbound: OutboundTopic;
}

/** Longest time that `commit` itself posts; it leaves the rest to `deliver`. */
const INLINE_BUDGET_MS = 250;
/** A repeat of an entry that is older than this is answered, but not pushed again. */
const REPUSHED_AGE_MS = 60 * 60 * 1000;

/**
 * Answers the senders of a batch that is durable, and pushes its entries. When it returns, every push is done or
 * queued. When it throws, the queue must deliver the batch again, whatever the reason, because its entries are in the
 * log: that is why the answers need not wait for the pushes.
 *
 * Leases are read only after the head shows the entries, so a device that connects meanwhile either is pushed to or
 * finds the entries by `sync`.
 */
export async function acknowledgeAndPush(
  deps: CommitDeps,
  conversation: string,
  result: CommitResult,
  signal: AbortSignal,
): Promise<void> {
  await result.entries?.readSeqs(result.decisions.flatMap(seqsOf), signal);
  // allSettled, not all: nothing may still be pending when the function returns.
  const [acknowledged, pushed] = await Promise.allSettled([
    acknowledge(deps, conversation, result, signal),
    push(deps, conversation, result, INLINE_BUDGET_MS, signal),
  ]);
  if (acknowledged.status === "rejected") throw acknowledged.reason;
  if (pushed.status === "rejected") throw pushed.reason;
  const answers = unpublished(acknowledged.value);
  const deliveries = [...answers.deliveries, ...pushed.value.deliveries];
  const events = async () => [...(await answers.events()), ...(await pushed.value.events())];
  await publishApart(deps, { deliveries, events }, signal);
}

async function acknowledge(
  deps: CommitDeps,
  conversation: string,
  result: CommitResult,
  signal: AbortSignal,
): Promise<Outbound[]> {
  const inTime = withTimeout(INLINE_BUDGET_MS, signal);
  const left = await Promise.all(
    result.decisions.map(async (decision): Promise<Outbound[]> => {
      const { user, connection } = decision.frame.sender;
      const answers = answersOf(deps, conversation, result, decision);
      if (connection === undefined) return refusedEvents(user, answers);
      const target = { user, connection };
      const frames = [decision.frame.frame];
      const pushes = answers.map(
        (frame): Push => ({ frame, delivery: { type: "deliver.answer", target, frame, frames } }),
      );
      return deps.logger.about({ frames }, () => pushAll(deps, [{ target, pushes }], inTime));
    }),
  );
  return left.flat();
}

/** Returns the answers to the sender of a decided frame. The entries that it put into the log have been read. */
export function answersOf(
  { epochFloor }: Pick<CommitDeps, "epochFloor">,
  conversation: string,
  { view, entries }: CommitResult,
  decision: Decision,
): Answer[] {
  const head = view?.head ?? { epoch: epochFloor, createdAtMs: 0, memberCount: 0 };
  return answersTo(conversation, head, decision, (seq) => entries?.get(seq));
}

function refusedEvents(sender: string, answers: readonly Answer[]): ChatEvent[] {
  return answers.flatMap((answer) =>
    answer.type === "reject" ? [refusedEvent(answer.conversation, sender, answer.ids, answer.error)] : [],
  );
}

/**
 * Pushes the entries of the decided frames to those who may read them, for as long as the budget lasts. Returns what is
 * to be published: the deliveries left, and the events.
 */
export async function push(
  deps: CommitDeps,
  conversation: string,
  result: CommitResult,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Unpublished> {
  const { decisions } = result;
  const { view, log } = await currentView(deps, conversation, result, signal);
  const pushed = decisions.filter(({ origin }) => PUSHED.has(origin));
  const seqs = ascending(pushed.flatMap((decision) => pushedSeqs(deps, result, decision)));
  const { entries } = result;
  if (view === undefined || entries === undefined || seqs.length === 0) return unpublished([]);
  const acknowledged = acknowledgedSeqs(decisions);
  const { head, members } = view;
  const fanOut = { conversation, head, members, entries: entries.found(seqs), acknowledged };
  const repeated = pushed.filter(({ origin }) => origin !== "appended").map(({ frame }) => frame);
  const spoken = firstWords(conversation, view, result.speakers, repeated);
  const withFrames = <D extends Delivery>(deliveries: readonly D[]) =>
    withFrameIds(
      pushed.map(({ frame }) => frame.frame),
      deliveries,
    );
  if (!isSmall(view)) {
    const toShards = shards(conversation, view.head, seqs, acknowledged);
    const deliveries = withFrames([...toShards, ...spoken]);
    return { deliveries, events: async () => committedEvents(deps, fanOut) };
  }
  const removed = await removedSince(deps, conversation, { view, log }, seqs, signal);
  const recipients = { ...fanOut, members: [...members, ...removed] };
  const { left, offline } = await pushToMembers(deps, recipients, budgetMs, signal);
  return {
    deliveries: withFrames([...left, ...spoken]),
    events: async () => {
      const earlier = { ...fanOut, entries: await unannounced(deps, result, seqs, signal) };
      const missed = await missedEvents(deps, earlier, offline, signal);
      return [...missed, ...committedEvents(deps, fanOut), ...undeliveredEvents(deps, fanOut, offline)];
    },
  };
}

/** Returns users who are no members any more, but were when the first of the pushed entries was appended. */
async function removedSince(
  { inbox }: CommitDeps,
  conversation: string,
  { view, log }: Current & { readonly view: Conversation },
  seqs: readonly number[],
  signal: AbortSignal,
): Promise<Member[]> {
  if (log === undefined || view.head.kind === "direct") return [];
  const known = new Set(view.members.map(({ user }) => user));
  const within = [seqs[0] ?? 1, log.lastSeq] as const;
  const read = async (wanted: readonly number[]) => {
    await log.entries.readSeqs(wanted, signal);
    return log.entries.found(wanted);
  };
  return removedMembers(inbox, { conversation, within, read, concerns: (user) => !known.has(user) }, signal);
}

interface Current {
  /** The head that the writer left, and the members. */
  readonly view: Conversation | undefined;
  /** The log as it was when the members were read: who is removed from them is in it. */
  readonly log?: { readonly entries: EntryCache; readonly lastSeq: number };
}

/**
 * Returns the conversation with members who were read after the entries: one who was removed meanwhile must not be shown
 * what an entry was changed into since.
 */
async function currentView(
  deps: CommitDeps,
  conversation: string,
  { view, entries }: CommitResult,
  signal: AbortSignal,
): Promise<Current> {
  if (view === undefined || entries === undefined) return { view };
  if (!entries.isOvertaken) return { view, log: { entries, lastSeq: view.head.lastSeq } };
  const newest = await deps.log.read(conversation, [], signal);
  if (newest === undefined) return { view: undefined };
  const newer = new EntryCache(deps.log, conversation, newest.head);
  newer.inherit(entries);
  return { view: { ...newest, head: view.head }, log: { entries: newer, lastSeq: newest.head.lastSeq } };
}

/** Events about entries whose writer may have died before it published them; nobody is told of what he has. */
async function missedEvents(
  deps: CommitDeps,
  earlier: Parameters<typeof committedEvents>[1],
  offline: readonly Member[],
  signal: AbortSignal,
): Promise<ChatEvent[]> {
  if (earlier.entries.length === 0) return [];
  const { conversation } = earlier;
  const keys = offline.map(({ user }) => ({ user, conversation }));
  const rows = keys.length > 0 ? await deps.inbox.rows(keys, signal) : [];
  const delivered = rows.map((row) => Math.max(row?.readSeq ?? 0, row?.deliveredSeq ?? 0));
  const deliveredSeqs = new Map(offline.map(({ user }, index) => [user, delivered[index] ?? 0]));
  // Their ranges as they are after the entries were read.
  const readers = offline.map((member, index) => ({ ...member, ranges: rows[index]?.ranges ?? [] }));
  return [...committedEvents(deps, earlier), ...undeliveredEvents(deps, earlier, readers, deliveredSeqs)];
}

const PUSHED: ReadonlySet<Decision["origin"]> = new Set(["appended", "decided", "repeated"]);

/** A repeat may be all that is left of a writer that died before its pushes; a late one is not news any more. */
function pushedSeqs({ now }: CommitDeps, { entries }: CommitResult, decision: Decision): number[] {
  const seqs = seqsOf(decision);
  if (decision.origin !== "repeated") return seqs;
  const sinceMs = now() - REPUSHED_AGE_MS;
  return seqs.filter((seq) => (entries?.get(seq)?.sentAtMs ?? 0) >= sinceMs);
}

/** Entries of earlier writers, before the last that is pushed, that may have died before they published the events. */
async function unannounced(
  { now }: CommitDeps,
  { announceFromSeq, entries }: CommitResult,
  pushed: readonly number[],
  signal: AbortSignal,
) {
  const known = new Set(pushed);
  const count = Math.max(0, (pushed.at(-1) ?? 0) - announceFromSeq);
  const between = Array.from({ length: count }, (_, index) => announceFromSeq + index);
  const seqs = between.filter((seq) => !known.has(seq));
  await entries?.readSeqs(seqs, signal);
  const sinceMs = now() - REPUSHED_AGE_MS;
  return (entries?.found(seqs) ?? []).filter(({ sentAtMs }) => sentAtMs >= sinceMs);
}

function ascending(seqs: readonly number[]): number[] {
  return [...new Set(seqs)].sort((a, b) => a - b);
}

function acknowledgedSeqs(decisions: readonly Decision[]): Map<string, Set<number>> {
  const byConnection = new Map<string, Set<number>>();
  for (const decision of decisions) {
    const { connection } = decision.frame.sender;
    if (connection === undefined) continue;
    byConnection.set(connection, new Set([...(byConnection.get(connection) ?? []), ...seqsOf(decision)]));
  }
  return byConnection;
}
