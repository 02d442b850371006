import type { Leases } from "../../ports/leases.ts";
import type { PresenceTopic } from "../../ports/presence-topic.ts";
import { activeLeases } from "./leases.ts";

export interface ReleaseLeaseDeps {
  readonly now: () => number;
  readonly leases: Leases;
  readonly presence: PresenceTopic;
}

/**
 * Removes a connection's lease. If it was the user's last, schedules a check after the grace period. The store lets
 * exactly one of two simultaneous removals be the last. A repeated removal schedules the check again while the user
 * is still announced as online, because the first attempt may have crashed before it did.
 */
export async function releaseLease(
  { now, leases, presence }: ReleaseLeaseDeps,
  user: string,
  connection: string,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = now();
  const { removed, state } = await leases.remove(user, connection, nowMs, signal);
  if (activeLeases(state.leases, nowMs).length > 0) return;
  if (!removed && state.announcedUntilMs <= nowMs) return;
  await presence.publish({ type: "presence.maybe-offline", user, atMs: nowMs }, signal);
}
