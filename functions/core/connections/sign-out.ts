import { activeLeases } from "../presence/leases.ts";
import { type DisconnectDeps, disconnectAll, SIGNED_OUT } from "./disconnect.ts";

/**
 * Ends the connections opened with a user's tokens issued before a time, and bars those tokens from opening new ones.
 * The revocation is stored first: it returns every connection registered before it, and any later one is refused.
 * Returns the number of closed connections. If it throws, calling it again completes it.
 */
export async function signOut(
  deps: DisconnectDeps,
  { user, beforeMs }: { user: string; beforeMs: number },
  signal: AbortSignal,
): Promise<number> {
  const { leases } = await deps.leases.revoke(user, beforeMs, signal);
  const old = activeLeases(leases, deps.now()).filter(({ issuedAtMs = 0 }) => issuedAtMs < beforeMs);
  await disconnectAll(deps, user, old, SIGNED_OUT, signal);
  return old.length;
}
