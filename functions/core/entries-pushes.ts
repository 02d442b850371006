import type { Entry, JoinedFrame } from "../../protocol/index.ts";
import type { PushTarget } from "../ports/topics.ts";
import type { Push } from "./delivery/push.ts";
import { entriesFrames } from "./log/frame-packing.ts";

/** The frames that carry these entries to a connection, each with the delivery that would carry it later. */
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

/** The same, with word of the conversation before, for whoever has just become a member. */
export function memberPushes(
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
