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
 * Registers a connection and says that its user is there; beyond the limit of a user the oldest are told, closed and
 * forgotten. Returns why it may not be, if it may not.
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
    // Tidying only: the new connection stands, and the next one of this user tidies again.
    deps.logger.warn("surplus leases were left", { error: errorName(error) });
  }
  await announced;
  return undefined;
}
