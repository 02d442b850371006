import type { UserState } from "../../ports/leases.ts";
import { activeLeases, newestExpiry } from "./leases.ts";

/**
 * Longest time a user without connections counts as online, if they were announced: the grace period of the presence
 * queue, plus time for its message.
 */
const MAX_GRACE_MS = 60_000;

/** Presence of a user as others see it. */
export type AdvertisedPresence =
  | { readonly online: true; readonly expiresAtMs: number }
  | {
      readonly online: false;
      readonly lastSeenAtMs: number | undefined;
      /**
       * The user was announced as online, and no offline message has been published since. Unless one is, their
       * return would not be announced.
       */
      readonly offlinePending: boolean;
    };

/**
 * Returns the presence that agrees with what was published to watchers. It uses the longest published expiry, so that
 * the next announcement comes before it ends. It honours the grace period, because a return within it is not
 * announced.
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

/** Returns when the user's last connection was removed or expired; undefined if none is known. */
export function lastSeen({ leases, lastSeenAtMs }: UserState, nowMs: number): number | undefined {
  const live = new Set(activeLeases(leases, nowMs));
  const ended = leases.filter((lease) => !live.has(lease)).map(({ expiresAtMs }) => expiresAtMs);
  const times = [...ended, ...(lastSeenAtMs === undefined ? [] : [lastSeenAtMs])];
  return times.length === 0 ? undefined : Math.max(...times);
}
