import type { Leases } from "../../ports/leases.ts";
import type { PresenceTopic } from "../../ports/presence-topic.ts";
import { activeLeases } from "./leases.ts";

export interface ReleaseLeaseDeps {
  readonly now: () => number;
  readonly leases: Leases;
  readonly presence: PresenceTopic;
}

/**
 * Takes a connection's lease away, whoever found out that it is gone. After the last one it is looked again, when the
 * grace period is over: the store lets exactly one of two that leave at once be the last. A removal that is repeated
 * says so again while others still believe in the user, for the first may have died before it said so.
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
