import pMap from "p-map";
import type { PresenceFrameRequest, PresenceResult } from "../../../protocol/index.ts";
import type { Inbox, InboxKey } from "../../ports/inbox.ts";
import type { UserState } from "../../ports/leases.ts";
import type { Watches } from "../../ports/watches.ts";
import { mayBeTold, mayComeToBeTold } from "../log/consent.ts";
import { directConversationId } from "../log/conversation-id.ts";
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
  const acquaintances = await acquaintancesOf(deps.inbox, request.user, requested, frame, signal);
  const allowed = new Set(requested.filter((user) => acquaintances.get(user)?.isAllowed));
  if (frame.watch !== undefined) {
    const { user, connection } = request;
    const watched = frame.watch ? requested.filter((one) => acquaintances.get(one)?.mayBeWatched) : [];
    const { expiresAtMs } = newLease(request, request.connectedAtMs);
    const watcher = { user, connection, conversation: frame.conversation };
    await deps.watches.replace(watcher, watched, expiresAtMs, signal);
    // Who has spoken meanwhile may have done so before the watch was there.
    const waiting = watched.filter((one) => !allowed.has(one));
    const again = await acquaintancesOf(deps.inbox, user, waiting, frame, signal);
    for (const one of waiting) if (again.get(one)?.isAllowed) allowed.add(one);
  }
  const states = await deps.leases.states([...allowed], signal);
  const nowMs = request.receivedAtMs;
  const users = await pMap(states, ([user, state]) => currentPresence(deps, user, state, nowMs, signal), {
    concurrency: CONCURRENT_CONFIRMATIONS,
  });
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

type Report = PresenceResult["users"][number];

/** Returns a user's presence as watchers are told it. Offline is told only after it is recorded. */
export async function currentPresence(
  deps: OfflineDeps,
  user: string,
  state: UserState,
  nowMs: number,
  signal: AbortSignal,
): Promise<Report> {
  const advertised = advertisedPresence(state, nowMs);
  const isPending = !advertised.online && advertised.offlinePending;
  return reportOf(user, isPending ? await settleLostDeparture(deps, user, nowMs, signal) : state, nowMs);
}

function reportOf(user: string, state: UserState, nowMs: number): Report {
  const { version } = state;
  const advertised = advertisedPresence(state, nowMs);
  if (advertised.online) return { user, online: true, expiresAtMs: advertised.expiresAtMs, version };
  const { lastSeenAtMs } = advertised;
  return { user, online: false, ...(lastSeenAtMs !== undefined && { lastSeenAtMs }), version };
}

interface Permission {
  readonly isAllowed: boolean;
  readonly mayBeWatched: boolean;
}

/**
 * Tells of whom the requester may be told: themselves, and others by the rule of consent. Everybody else is refused in
 * the same way, whether they exist or not. Reads inbox rows only, in one batch: at most 201 keys for 100 users.
 */
async function acquaintancesOf(
  inbox: Inbox,
  requester: string,
  requested: readonly string[],
  { conversation }: Pick<PresenceFrameRequest, "conversation">,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Permission>> {
  const others = requested.filter((user) => user !== requester);
  const direct = others.map((user) => ({
    user: requester,
    conversation: directConversationId(requester, user),
  }));
  const shared: InboxKey[] =
    conversation === undefined || others.length === 0
      ? []
      : [requester, ...others].map((user) => ({ user, conversation }));
  const keys = [...direct, ...shared];
  const rows = keys.length > 0 ? await inbox.rows(keys, signal) : [];
  const [own, ...theirs] = rows.slice(direct.length);
  const permissions = others.map((user, index): [string, Permission] => {
    const acquaintance = { direct: rows[index], own, theirs: theirs[index] };
    const isAllowed = mayBeTold(requester, acquaintance);
    return [user, { isAllowed, mayBeWatched: isAllowed || mayComeToBeTold(acquaintance) }];
  });
  return new Map([[requester, { isAllowed: true, mayBeWatched: true }], ...permissions]);
}
