import pMap from "p-map";
import type { PresenceFrameRequest, PresenceResult } from "../../../protocol/index.ts";
import type { Inbox, InboxKey, InboxRow } from "../../ports/inbox.ts";
import type { UserState } from "../../ports/leases.ts";
import type { Watches } from "../../ports/watches.ts";
import { directConversationId } from "../log/conversation-id.ts";
import { isOpen } from "../log/readable-ranges.ts";
import type { Request } from "../request.ts";
import { advertisedPresence } from "./advertised.ts";
import { confirmOffline, type OfflineDeps } from "./confirm-offline.ts";
import { newLease } from "./leases.ts";

export interface PresenceQueryDeps extends OfflineDeps {
  readonly inbox: Inbox;
  readonly watches: Watches;
}

/** Of users who left and whose departure got lost: rarely one. */
const CONCURRENT_CONFIRMATIONS = 10;

/**
 * Who of these is online, as far as the asker may know. The watch is there before the leases are read, so nothing
 * falls between answer and pushes. Nobody is said to be offline before that is noted: a return is announced then.
 */
export async function queryPresence(
  deps: PresenceQueryDeps,
  request: Request,
  frame: PresenceFrameRequest,
  signal: AbortSignal,
): Promise<PresenceResult> {
  const requested = [...new Set(frame.users)];
  const allowed = await allowedUsers(deps.inbox, request.user, requested, frame.conversation, signal);
  if (frame.watch !== undefined) {
    const { expiresAtMs } = newLease(request, request.connectedAtMs);
    await deps.watches.replace(request, frame.watch ? [...allowed] : [], expiresAtMs, signal);
  }
  const states = await deps.leases.states([...allowed], signal);
  const nowMs = request.receivedAtMs;
  const users = await pMap(
    states,
    async ([user, state]) => {
      const advertised = advertisedPresence(state, nowMs);
      const isPending = !advertised.online && advertised.offlinePending;
      return presenceOf(user, isPending ? await confirmOffline(deps, user, nowMs, signal) : state, nowMs);
    },
    { concurrency: CONCURRENT_CONFIRMATIONS },
  );
  return {
    users,
    refused: requested.filter((user) => !allowed.has(user)),
  };
}

function presenceOf(user: string, state: UserState, nowMs: number): PresenceResult["users"][number] {
  const { version } = state;
  const advertised = advertisedPresence(state, nowMs);
  if (advertised.online) return { user, online: true, expiresAtMs: advertised.expiresAtMs, version };
  const { lastSeenAtMs } = advertised;
  return { user, online: false, ...(lastSeenAtMs !== undefined && { lastSeenAtMs }), version };
}

/**
 * Oneself; whom one has a direct conversation with; and, of a conversation that is named, the other members while one
 * is a member too. Never someone who has blocked the asker: that looks like sharing nothing. Inbox rows alone, in one
 * batch: at most 201 keys for 100 users.
 */
async function allowedUsers(
  inbox: Inbox,
  requester: string,
  requested: readonly string[],
  conversation: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const others = requested.filter((user) => user !== requester);
  const direct = others.map((user) => ({
    user: requester,
    conversation: directConversationId(requester, user),
  }));
  const shared: InboxKey[] =
    conversation === undefined || others.length === 0
      ? []
      : [requester, ...others].map((user) => ({ user, conversation }));
  const rows = await inbox.rows([...direct, ...shared], signal);
  const [own, ...theirs] = rows.slice(direct.length);
  const isAllowed = (index: number) => {
    const row = rows[index];
    if (row?.blocked) return false;
    return isMember(row) || (isMember(own) && isMember(theirs[index]));
  };
  const allowed = new Set(others.filter((_, index) => isAllowed(index)));
  return new Set(requested.filter((user) => user === requester || allowed.has(user)));
}

/** A block alone is no conversation: whoever blocks and unblocks a stranger has learnt nothing. */
function isMember(row: InboxRow | undefined): boolean {
  return row !== undefined && !row.silent && isOpen(row.ranges);
}
