import {
  type AckFrame,
  type Entry,
  type ErrorCode,
  type RejectFrame,
  type ReplyFrame,
  type WireError,
  wireError,
} from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";
import type { ChatEvent } from "../../ports/events.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { AnswerDelivery } from "../../ports/topics.ts";
import { roomAfterMs, tokensFor } from "./conversation-rate.ts";
import type { Decision } from "./plan.ts";

export type Answer = AckFrame | RejectFrame | ReplyFrame;

/** Answers to the sender of a frame: an ack for the entries in the log, and a reject for each code of the others. */
export function answersTo(
  conversation: string,
  head: Pick<Head, "epoch" | "createdAtMs" | "bucket" | "memberCount">,
  { frame, outcomes, retryAfterMs }: Decision,
  entryOf: (seq: number) => Entry | undefined,
): Answer[] {
  if (frame.control !== undefined) return [replyTo(frame.control.id, outcomes)];
  const acked: AckFrame["entries"] = [];
  const refused = new Map<ErrorCode, string[]>();
  frame.entries.forEach(({ id }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) return;
    if ("refused" in outcome) refused.set(outcome.refused, [...(refused.get(outcome.refused) ?? []), id]);
    else {
      const { seq } = outcome;
      // An entry past its retention is gone; only the time of a conversation's first entry is known for ever.
      acked.push({ id, seq, sentAtMs: entryOf(seq)?.sentAtMs ?? head.createdAtMs });
    }
  });
  const tokensOf = (ids: readonly string[]) => tokensFor(frame.entries.filter(({ id }) => ids.includes(id)));
  return [
    ...(acked.length > 0 ? [{ type: "ack" as const, conversation, epoch: head.epoch, entries: acked }] : []),
    ...[...refused].map(([code, ids]) => ({
      type: "reject" as const,
      conversation,
      ids,
      error: refusal(
        code,
        code === "rate_limited" ? (retryAfterMs ?? roomAfterMs(head, tokensOf(ids))) : undefined,
      ),
    })),
  ];
}

function replyTo(id: string, [outcome]: Decision["outcomes"]): ReplyFrame {
  const refused = outcome !== undefined && "refused" in outcome ? outcome.refused : undefined;
  return { type: "reply", id, ...(refused ? { error: refusal(refused) } : { result: {} }) };
}

function refusal(code: ErrorCode, retryAfterMs?: number) {
  return { ...wireError(code), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Seqs that a decision put into the log or found there. */
export function seqsOf({ frame, outcomes }: Decision): number[] {
  if (frame.control !== undefined) return [];
  return outcomes.flatMap((outcome) => ("seq" in outcome ? [outcome.seq] : []));
}

type RefusedEvent = Extract<ChatEvent, { type: "message.refused" }>;
type Rejection = AnswerDelivery | RefusedEvent;

/** Event that tells a back end, which has no connection, of a refusal. */
export function refusedEvent(
  conversation: string,
  sender: string,
  ids: string[],
  { code, temporary, retryAfterMs }: WireError,
): RefusedEvent {
  const refusal = { code, temporary, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return { type: "message.refused", conversation, sender, ids, ...refusal };
}

/** Refusal of a whole frame: an answer on the sender's connection, or an event for a back end. */
export function rejectionOf(
  { frame: id, sender: { user, connection }, conversation, entries, control }: PublishedFrame,
  error: WireError,
): Rejection {
  const ids = entries.map(({ id }) => id);
  if (connection === undefined) return refusedEvent(conversation, user, ids, error);
  const frame = control
    ? { type: "reply" as const, id: control.id, error }
    : { type: "reject" as const, conversation, ids, error };
  return { type: "deliver.answer", target: { user, connection }, frame, frames: [id] };
}

/** Codes that a frame was refused with, each once, however many of its entries it was for. */
export function refusedCodes({ outcomes }: Decision): ErrorCode[] {
  return [...new Set(outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : [])))];
}
