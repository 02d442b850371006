import type { Entry, JoinedFrame } from "../../../protocol/index.ts";
import type { Member } from "../../ports/conversation-log.ts";
import type { ConnectionDelivery, PushTarget } from "../../ports/topics.ts";
import { entriesFrames } from "../log/frame-packing.ts";
import { canRead } from "../log/readable-ranges.ts";
import { activeLeases } from "../presence/leases.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { type Push, type PushDeps, pushAll } from "./push.ts";
import { type PushInput, pushesFor } from "./recipients.ts";

export interface Pushed {
  /** Deliveries that the budget did not suffice for. */
  readonly left: ConnectionDelivery[];
  /** Readers without a connection. */
  readonly offline: readonly Member[];
}

/**
 * Pushes entries to members until the budget is spent. Leases are read now; that must be after the head includes the
 * entries.
 */
export async function pushToMembers(
  deps: PushDeps,
  fanOut: Omit<PushInput, "leases" | "nowMs">,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Pushed> {
  const { conversation, head, entries } = fanOut;
  const readers = fanOut.members.filter(({ ranges }) => entries.some(({ seq }) => canRead(ranges, seq)));
  const leases = await deps.leases.read(
    readers.map(({ user }) => user),
    signal,
  );
  const nowMs = deps.now();
  const offline = readers.filter(({ user }) => activeLeases(leases.get(user) ?? [], nowMs).length === 0);
  const pushes = pushesFor({ ...fanOut, leases, nowMs });
  const targets = pushes.map((push) => ({
    target: push.target,
    pushes: memberPushes(conversation, head.epoch, push),
  }));
  const left = await pushAll(deps, targets, withTimeout(budgetMs, signal));
  return { left, offline };
}

/**
 * Builds the frames that carry these entries to a connection, each with the delivery to publish if it has to be
 * retried.
 */
export function entriesPushes(
  target: PushTarget,
  conversation: string,
  epoch: number,
  entries: readonly Entry[],
): Push[] {
  return entriesFrames(conversation, epoch, entries).map((frame) => ({
    frame,
    delivery: {
      type: "deliver.entries",
      target,
      conversation,
      epoch,
      seqs: frame.entries.map(({ seq }) => seq),
    },
  }));
}

/** Like `entriesPushes`, preceded by a `joined` frame for a new member. */
function memberPushes(
  conversation: string,
  epoch: number,
  push: { target: PushTarget; joined: JoinedFrame | undefined; entries: readonly Entry[] },
): Push[] {
  const { target, joined, entries } = push;
  const first: Push[] = joined
    ? [{ frame: joined, delivery: { type: "deliver.answer", target, frame: joined } }]
    : [];
  return [...first, ...entriesPushes(target, conversation, epoch, entries)];
}
