import type { UserState } from "../../ports/leases.ts";
import { activeLeases, newestExpiry } from "./leases.ts";

/**
 * A user without connections counts as online for so long if others were told so: the grace period of the presence
 * queue, and time for its message.
 */
const MAX_GRACE_MS = 60_000;

/** What others are told about a user. */
export type AdvertisedPresence =
  | { readonly online: true; readonly expiresAtMs: number }
  | {
      readonly online: false;
      readonly lastSeenAtMs: number | undefined;
      /** Others have been told otherwise, and nobody has told them yet: whoever returns would not be announced. */
      readonly offlinePending: boolean;
    };

/**
 * The answer to a question agrees with what watchers have been told: with the longest promise, so that the next
 * announcement comes before it ends; and with the grace period, for a return within it is not announced.
 */
export function advertisedPresence(state: UserState, nowMs: number): AdvertisedPresence {
  const lastSeenAtMs = lastSeen(state, nowMs);
  const newest = newestExpiry(state.leases, nowMs);
  if (newest !== undefined) return { online: true, expiresAtMs: Math.max(newest, state.announcedUntilMs) };
  const isRecent = lastSeenAtMs !== undefined && nowMs - lastSeenAtMs < MAX_GRACE_MS;
  const isAnnounced = state.announcedUntilMs > nowMs;
  if (isRecent && isAnnounced) return { online: true, expiresAtMs: state.announcedUntilMs };
  return { online: false, lastSeenAtMs, offlinePending: isAnnounced };
}

/** When the user's last connection was removed or ended by its time; undefined if nobody knows of any. */
export function lastSeen({ leases, lastSeenAtMs }: UserState, nowMs: number): number | undefined {
  const live = new Set(activeLeases(leases, nowMs));
  const ended = leases.filter((lease) => !live.has(lease)).map(({ expiresAtMs }) => expiresAtMs);
  const times = [...ended, ...(lastSeenAtMs === undefined ? [] : [lastSeenAtMs])];
  return times.length === 0 ? undefined : Math.max(...times);
}
