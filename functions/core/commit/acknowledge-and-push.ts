import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { ChatEvent } from "../../ports/events.ts";
import type { Outbound, OutboundTopic } from "../../ports/topics.ts";
import { committedEvents, type EventDeps } from "../delivery/events.ts";
import { pushToMembers } from "../delivery/fan-out.ts";
import { type Push, type PushDeps, pushAll, withFrameIds } from "../delivery/push.ts";
import { isSmall, shards } from "../delivery/shards.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import type { AppendDeps, CommitResult } from "./append.ts";
import type { Decision } from "./plan.ts";
import { type Answer, answersTo, seqsOf } from "./replies.ts";

export interface CommitDeps extends AppendDeps, PushDeps, EventDeps {
  readonly log: ConversationLog;
  readonly outbound: OutboundTopic;
}

/** Longest time that `commit` itself posts; it leaves the rest to `deliver`. */
const INLINE_BUDGET_MS = 250;

/**
 * Answers the senders of a batch that is durable, and pushes its entries. When it returns, every push is done or
 * queued. When it throws, the queue must deliver the batch again, whatever the reason, because its entries are in the
 * log.
 *
 * The order of the steps is the guarantee: leases are read only after the head shows the entries, so a device that
 * connects meanwhile either is pushed to or finds the entries by `sync`.
 */
export async function acknowledgeAndPush(
  deps: CommitDeps,
  conversation: string,
  result: CommitResult,
  signal: AbortSignal,
): Promise<void> {
  await result.entries.readSeqs(result.decisions.flatMap(seqsOf), signal);
  // allSettled, not all: nothing may still be pending when the function returns.
  const results = await Promise.allSettled([
    acknowledge(deps, conversation, result, signal),
    advanceAndPush(deps, conversation, result, signal),
  ]);
  const left = results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
  if (left.length > 0) await deps.outbound.publish(left, signal);
}

async function acknowledge(
  deps: CommitDeps,
  conversation: string,
  { decisions, view, entries }: CommitResult,
  signal: AbortSignal,
): Promise<Outbound[]> {
  const head = view?.head ?? { epoch: deps.epochFloor, createdAtMs: 0, memberCount: 0 };
  const inTime = withTimeout(INLINE_BUDGET_MS, signal);
  const left = await Promise.all(
    decisions.map(async (decision): Promise<Outbound[]> => {
      const { user, connection } = decision.frame.sender;
      const answers = answersTo(conversation, head, decision, entries);
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

/** A back end has no connection, so an event tells it of a refusal. */
function refusedEvents(sender: string, answers: readonly Answer[]): ChatEvent[] {
  return answers.flatMap((answer) =>
    answer.type === "reject"
      ? [
          {
            type: "message.refused" as const,
            conversation: answer.conversation,
            sender,
            ids: answer.ids,
            code: answer.error.code,
          },
        ]
      : [],
  );
}

async function advanceAndPush(
  deps: CommitDeps,
  conversation: string,
  { decisions, view, headLags, entries }: CommitResult,
  signal: AbortSignal,
): Promise<Outbound[]> {
  if (view === undefined) return [];
  if (headLags) await deps.log.advance(conversation, view.head, signal);
  const pushed = decisions.filter(({ origin }) => origin === "appended" || origin === "decided");
  const seqs = [...new Set(pushed.flatMap(seqsOf))].sort((a, b) => a - b);
  if (seqs.length === 0) return [];
  const acknowledged = acknowledgedSeqs(decisions);
  const fanOut = {
    conversation,
    head: view.head,
    members: view.members,
    entries: seqs.flatMap((seq) => entries.get(seq) ?? []),
    acknowledged,
  };
  const events = committedEvents(deps, fanOut);
  const left = isSmall(view)
    ? await pushToMembers(deps, fanOut, INLINE_BUDGET_MS, signal)
    : shards(conversation, view.head, seqs, acknowledged);
  const frames = pushed.map(({ frame }) => frame.frame);
  return [...events, ...withFrameIds<Outbound>(frames, left)];
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
