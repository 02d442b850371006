import { LIMITS } from "../../../protocol/index.ts";
import type { Lease } from "../../ports/leases.ts";

/** API Gateway quota: "Connection duration for WebSocket API 2 hours". */
const CONNECTION_DURATION_MS = 2 * 60 * 60 * 1000;

/** Returns the leases that have not expired. Stores delete late, so an expired lease may still be there. */
export function activeLeases(leases: readonly Lease[], nowMs: number): Lease[] {
  return leases.filter((lease) => lease.expiresAtMs > nowMs);
}

/** Returns when the last live lease expires; undefined if there is none. */
export function newestExpiry(leases: readonly Lease[], nowMs: number): number | undefined {
  const live = activeLeases(leases, nowMs);
  return live.length === 0 ? undefined : Math.max(...live.map(({ expiresAtMs }) => expiresAtMs));
}

export function newLease(
  about: {
    connection: string;
    device: string | undefined;
    tokenExpiresAtMs: number;
    tokenIssuedAtMs: number;
  },
  connectedAtMs: number,
): Lease {
  const { connection, device, tokenExpiresAtMs, tokenIssuedAtMs } = about;
  const expiresAtMs = Math.min(connectedAtMs + CONNECTION_DURATION_MS, tokenExpiresAtMs);
  return { connection, device, connectedAtMs, expiresAtMs, issuedAtMs: tokenIssuedAtMs };
}

/**
 * Returns the leases to remove once a new one is registered: the expired ones, and the oldest beyond a user's limit.
 */
export function excessLeases(
  leases: readonly Lease[],
  nowMs: number,
): { expired: Lease[]; evicted: Lease[] } {
  const live = activeLeases(leases, nowMs).sort((a, b) => a.connectedAtMs - b.connectedAtMs);
  return {
    expired: leases.filter((lease) => lease.expiresAtMs <= nowMs),
    evicted: live.slice(0, Math.max(0, live.length - LIMITS.connectionsPerUser)),
  };
}
