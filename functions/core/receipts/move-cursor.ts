import { type DeliveredFrame, type ErrorFrame, type ReadFrame, wireError } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { type PushDeps, sendEphemeral } from "../delivery/push.ts";
import { isListed } from "../log/visibility.ts";
import type { Request } from "../request.ts";
import { Buckets } from "../shared/rate-limit.ts";
import { receiptAudience } from "./audience.ts";
import type { LogEnds } from "./log-ends.ts";

export interface ReceiptDeps extends PushDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "advance" | "heads" | "rows" | "set">;
  readonly logEnds: LogEnds;
  /** Receipts of a kind that a connection may have pushed in one conversation. */
  readonly receiptRate: Buckets;
}

/**
 * One a second, and five at once. A client sends about one a second, and the network may bring some together: the last
 * of them may be the newest for long, so it must not be dropped.
 */
export function pushedReceiptRate(): Buckets {
  return new Buckets({ perSecond: 1, burst: 5 });
}

/**
 * Moves a member's cursor, in the member's own row only, so that reading adds no load to the conversation, and never
 * beyond the end of the log. Late, duplicate and reordered receipts change nothing. A recipient that misses the push loses nothing: the next one
 * supersedes it. Pushes beyond the rate are dropped, although a faster sender's last one may be among them: a later
 * push would need a timer, and the cursor is found by `sync` and `receipts`.
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
  if (deps.receiptRate.take(`${connection} ${kind} ${conversation}`, 1, deps.now()) !== undefined)
    return undefined;
  const moved = kind === "read" ? { readSeq: seq } : { deliveredSeq: seq };
  const others = await receiptAudience(deps, user, row, signal);
  // The user's other devices count unread entries by it.
  const frame = { type: "receipt" as const, conversation, user, ...moved };
  await sendEphemeral(deps, [user, ...others], frame, connection, signal);
  return undefined;
}
