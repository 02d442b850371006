import { type DeliveredFrame, type ErrorFrame, type ReadFrame, wireError } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import type { OutboundTopic } from "../../ports/topics.ts";
import { type PushDeps, sendEphemeral } from "../delivery/push.ts";
import { isListed } from "../log/visibility.ts";
import type { Request } from "../request.ts";
import { receiptAudience } from "./audience.ts";
import type { LogEnds } from "./log-ends.ts";
import type { ReceiptPace } from "./receipt-pace.ts";

export interface ReceiptDeps extends PushDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "advance" | "heads" | "rows" | "set">;
  readonly logEnds: LogEnds;
  readonly receiptPace: ReceiptPace;
  readonly outbound: Pick<OutboundTopic, "publish">;
}

/**
 * Moves a member's cursor, in the member's own row only, so that reading adds no load to the conversation, and never
 * beyond the end of the log. Late, duplicate and reordered receipts change nothing. A recipient that misses the push
 * loses nothing: the next one supersedes it. Of receipts that come too fast, `deliver` pushes the newest a second later.
 */
export async function moveCursor(
  deps: ReceiptDeps,
  { user, connection }: Request,
  { type: kind, ...claimed }: ReadFrame | DeliveredFrame,
  signal: AbortSignal,
): Promise<ErrorFrame | undefined> {
  const { conversation } = claimed;
  const key = { user, conversation };
  const seq = await deps.logEnds.clamped(deps.inbox, claimed, signal);
  const row = seq > 0 ? await deps.inbox.advance(key, { kind, seq }, signal) : undefined;
  if (row === undefined) {
    const [existing] = await deps.inbox.rows([key], signal);
    const isKnown = existing !== undefined && isListed(existing);
    return isKnown ? undefined : { type: "error", error: wireError("not_found") };
  }
  const when = deps.receiptPace.take(connection, conversation, kind, deps.now());
  if (when === "later")
    await deps.outbound.publish([{ type: "deliver.receipt", user, conversation, connection }], signal);
  if (when !== "now") return undefined;
  const moved = kind === "read" ? { readSeq: seq } : { deliveredSeq: seq };
  const others = await receiptAudience(deps, user, row, signal);
  // The user's other devices count unread entries by it.
  const frame = { type: "receipt" as const, conversation, user, ...moved };
  await sendEphemeral(deps, [user, ...others], frame, connection, signal);
  return undefined;
}
