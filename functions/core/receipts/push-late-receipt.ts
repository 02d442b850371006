import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import type { ReceiptDelivery } from "../../ports/topics.ts";
import { type PushDeps, sendEphemeral } from "../delivery/push.ts";
import { receiptAudience } from "./audience.ts";

export interface LateReceiptDeps extends PushDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "rows" | "set">;
}

/** Pushes where a user has read to by now: the newest of the receipts that came too fast. */
export async function pushLateReceipt(
  deps: LateReceiptDeps,
  { user, conversation, connection }: ReceiptDelivery,
  signal: AbortSignal,
): Promise<void> {
  const [row] = await deps.inbox.rows([{ user, conversation }], signal);
  if (row === undefined) return;
  const { readSeq = 0, deliveredSeq = 0 } = row;
  const others = await receiptAudience(deps, user, row, signal);
  const cursors = [
    ...(readSeq > 0 ? [{ readSeq }] : []),
    // A read entry counts as delivered.
    ...(deliveredSeq > readSeq ? [{ deliveredSeq }] : []),
  ];
  for (const cursor of cursors) {
    const frame = { type: "receipt" as const, conversation, user, ...cursor };
    await sendEphemeral(deps, [user, ...others], frame, connection, signal);
  }
}
