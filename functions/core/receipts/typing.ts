import { type ErrorFrame, LIMITS, type TypingFrame, wireError } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { type PushDeps, sendEphemeral } from "../delivery/push.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { isListed } from "../log/visibility.ts";
import type { Request } from "../request.ts";
import type { Throttle } from "../shared/rate-limit.ts";
import { receiptAudience } from "./audience.ts";

export interface TypingDeps extends PushDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "rows" | "set">;
  /** Per connection and conversation; best effort, like typing itself. */
  readonly typingThrottle: Throttle;
}

/** Pushes a typing indicator to the other members, now or never: it is not stored, and is useless when late. */
export async function typing(
  deps: TypingDeps,
  { user, connection, receivedAtMs }: Request,
  { conversation }: TypingFrame,
  signal: AbortSignal,
): Promise<ErrorFrame | undefined> {
  if (deps.now() - receivedAtMs > LIMITS.typingAgeMs) return undefined;
  if (!deps.typingThrottle.admits(`${connection} ${conversation}`, receivedAtMs)) return undefined;
  const [row] = await deps.inbox.rows([{ user, conversation }], signal);
  if (row === undefined || !isListed(row)) return { type: "error", error: wireError("not_found") };
  if (!isOpen(row.ranges)) return { type: "error", error: wireError("not_a_member") };
  if (row.blocked) return { type: "error", error: wireError("blocked") };
  const others = await receiptAudience(deps, user, row, signal);
  if (others.length > 0)
    await sendEphemeral(deps, others, { type: "typing", conversation, user }, connection, signal);
  return undefined;
}
