import type { ErrorCode, WireError } from "../../../protocol/index.ts";
import type { ChatEvent } from "../../ports/events.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { ConnectionDelivery } from "../../ports/topics.ts";
import type { Decision } from "./plan.ts";

type Rejection =
  | Extract<ConnectionDelivery, { type: "deliver.answer" }>
  | Extract<ChatEvent, { type: "message.refused" }>;

/** Tells the sender that a whole frame was refused: on the connection, or a back end by an event. */
export function rejectionOf(
  { frame: id, sender: { user, connection }, conversation, entries, control }: PublishedFrame,
  error: WireError,
): Rejection {
  const ids = entries.map(({ id }) => id);
  if (connection === undefined) {
    return { type: "message.refused", conversation, sender: user, ids, code: error.code };
  }
  const frame = control
    ? { type: "reply" as const, id: control.id, error }
    : { type: "reject" as const, conversation, ids, error };
  return { type: "deliver.answer", target: { user, connection }, frame, frames: [id] };
}

/** The codes a frame was refused with, once each, whatever number of its entries each was for. */
export function refusedCodes({ outcomes }: Decision): ErrorCode[] {
  return [...new Set(outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : [])))];
}
