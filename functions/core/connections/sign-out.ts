import { activeLeases } from "../presence/leases.ts";
import { type DisconnectDeps, disconnectAll, SIGNED_OUT } from "./disconnect.ts";

/**
 * Ends what a user's tokens issued before a time have opened, and lets them open nothing more. The note comes first:
 * a connection registered before it is among the leases it returns, any later one is refused. Returns how many
 * connections were closed; when it throws, repeating it does the rest.
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
