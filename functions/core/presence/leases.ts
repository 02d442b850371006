import { LIMITS } from "../../../protocol/index.ts";
import type { Lease } from "../../ports/leases.ts";

/** API Gateway: "Connection duration for WebSocket API 2 hours". */
const CONNECTION_DURATION_MS = 2 * 60 * 60 * 1000;

/** Stores delete late: what has expired does not count, whether it is still there or not. */
export function activeLeases(leases: readonly Lease[], nowMs: number): Lease[] {
  return leases.filter((lease) => lease.expiresAtMs > nowMs);
}

/** When the last of the live ones ends; undefined if there is none. */
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

/** Leases to take away once a new one is there: the expired, and the oldest beyond the limit of a user. */
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
