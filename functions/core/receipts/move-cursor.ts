import { type DeliveredFrame, type ErrorFrame, type ReadFrame, wireError } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { type PushDeps, sendEphemeral } from "../delivery/push.ts";
import type { Request } from "../request.ts";
import { receiptAudience } from "./audience.ts";

export interface ReceiptDeps extends PushDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "advance" | "rows" | "set">;
}

/**
 * Moves a member's cursor, in the member's own row only, so that reading adds no load to the conversation. Late,
 * duplicate and reordered receipts change nothing. A recipient that misses the push loses nothing: the next one
 * supersedes it.
 */
export async function moveCursor(
  deps: ReceiptDeps,
  { user, connection }: Request,
  { type: kind, conversation, seq }: ReadFrame | DeliveredFrame,
  signal: AbortSignal,
): Promise<ErrorFrame | undefined> {
  const key = { user, conversation };
  const row = await deps.inbox.advance(key, { kind, seq }, signal);
  if (row === undefined) {
    const [existing] = await deps.inbox.rows([key], signal);
    return existing === undefined ? { type: "error", error: wireError("not_found") } : undefined;
  }
  const moved = kind === "read" ? { readSeq: seq } : { deliveredSeq: seq };
  const others = await receiptAudience(deps, user, row, signal);
  // The user's other devices count unread entries by it.
  const frame = { type: "receipt" as const, conversation, user, ...moved };
  await sendEphemeral(deps, [user, ...others], frame, connection, signal);
  return undefined;
}
