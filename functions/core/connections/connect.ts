import pMap from "p-map";
import { wireError } from "../../../protocol/index.ts";
import type { Refusal } from "../../ports/leases.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { type AnnounceDeps, announce } from "../presence/announce.ts";
import { excessLeases, newLease } from "../presence/leases.ts";
import { releaseLease } from "../presence/release-lease.ts";
import { errorName } from "../shared/error-name.ts";
import { type DisconnectDeps, disconnectAll, finalError } from "./disconnect.ts";

export interface ConnectDeps extends DisconnectDeps, AnnounceDeps {
  readonly metrics: Metrics;
}

export interface NewConnection {
  readonly user: string;
  readonly connection: string;
  readonly device: string | undefined;
  readonly connectedAtMs: number;
  readonly tokenExpiresAtMs: number;
  readonly tokenIssuedAtMs: number;
}

/**
 * Registers a connection and announces its user as online. Beyond the connection limit of a user, the oldest
 * connections get a final error, are closed and lose their leases. Returns the reason if the connection is refused.
 */
export async function connect(
  deps: ConnectDeps,
  connection: NewConnection,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { user, connectedAtMs } = connection;
  const lease = newLease(connection, connectedAtMs);
  const state = await deps.leases.put(user, lease, connectedAtMs, signal);
  if ("refused" in state) {
    deps.metrics.countBy("ConnectRefused", state.refused);
    return state.refused;
  }
  deps.metrics.count("Connected");
  const { expired, evicted } = excessLeases(state.leases, connectedAtMs);
  const announced = announce(deps, user, state, connectedAtMs, signal);
  try {
    await disconnectAll(deps, user, evicted, finalError(wireError("evicted")), signal);
    await pMap(expired, (old) => releaseLease(deps, user, old.connection, signal));
  } catch (error) {
    // Cleanup only: the new connection stands, and the user's next one cleans up again.
    deps.logger.warn("excess leases were not removed", { error: errorName(error) });
  }
  await announced;
  return undefined;
}
