import pMap from "p-map";
import { type ErrorFrame, type WireError, wireError } from "../../../protocol/index.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Lease } from "../../ports/leases.ts";
import { type LeaveDeps, leave } from "../presence/release-lease.ts";

export interface DismissDeps extends LeaveDeps {
  readonly connections: Connections;
}

/**
 * Ends connections of a user: each is told why, closed, and forgotten only then, so that repeating it after a failure
 * finds those that are left. One that fails keeps none of the others; it throws when all have been tried.
 */
export async function dismiss(
  deps: DismissDeps,
  user: string,
  leases: readonly Lease[],
  farewell: ErrorFrame,
  signal: AbortSignal,
): Promise<void> {
  await pMap(
    leases,
    async ({ connection }) => {
      await deps.connections.post(connection, farewell, signal);
      await deps.connections.close(connection, signal);
      await leave(deps, user, connection, signal);
    },
    { stopOnError: false },
  );
}

/** Told to a client that is not to come back by itself. */
export function farewell(error: WireError): ErrorFrame {
  return { type: "error", error, final: true };
}

export const SIGNED_OUT = farewell(wireError("unauthenticated", "Signed out."));
