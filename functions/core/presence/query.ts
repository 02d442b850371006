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

/** Users whose offline message got lost: rarely more than one. */
const CONCURRENT_CONFIRMATIONS = 10;

/**
 * Returns the presence of those users whose presence the requester may see. The watch is stored before the leases are
 * read, so no change is missed between answer and pushes. A user is reported offline only after that is recorded,
 * because only then is their return announced.
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
      return presenceOf(
        user,
        isPending ? await settleLostDeparture(deps, user, nowMs, signal) : state,
        nowMs,
      );
    },
    { concurrency: CONCURRENT_CONFIRMATIONS },
  );
  return {
    users,
    refused: requested.filter((user) => !allowed.has(user)),
  };
}

/**
 * Records and announces a departure whose own message got lost. That message is published again before, because nobody
 * would repeat the announcement if this invocation died after the record.
 */
async function settleLostDeparture(
  deps: OfflineDeps,
  user: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<UserState> {
  await deps.presence.publish({ type: "presence.maybe-offline", user, atMs: nowMs }, signal);
  return confirmOffline(deps, user, nowMs, signal);
}

function presenceOf(user: string, state: UserState, nowMs: number): PresenceResult["users"][number] {
  const { version } = state;
  const advertised = advertisedPresence(state, nowMs);
  if (advertised.online) return { user, online: true, expiresAtMs: advertised.expiresAtMs, version };
  const { lastSeenAtMs } = advertised;
  return { user, online: false, ...(lastSeenAtMs !== undefined && { lastSeenAtMs }), version };
}

/**
 * Returns the users whose presence the requester may see: themselves; peers of their direct conversations; and, if a
 * conversation is given and the requester is a member, its other members. Users who have blocked the requester are
 * left out, as if nothing were shared. Reads inbox rows only, in one batch: at most 201 keys for 100 users.
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

/**
 * True if the row makes the user a member. A block alone does not: blocking and unblocking a stranger must reveal
 * nothing.
 */
function isMember(row: InboxRow | undefined): boolean {
  return row !== undefined && !row.silent && isOpen(row.ranges);
}
