import pMap from "p-map";
import { type ErrorFrame, type WireError, wireError } from "../../../protocol/index.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Lease } from "../../ports/leases.ts";
import { type ReleaseLeaseDeps, releaseLease } from "../presence/release-lease.ts";

export interface DisconnectDeps extends ReleaseLeaseDeps {
  readonly connections: Connections;
}

/**
 * Ends connections of a user. Each gets a final frame, is closed, and only then loses its lease, so that a repetition
 * after a failure finds the remaining ones. A connection that fails does not stop the others; the error is thrown
 * when all have been tried.
 */
export async function disconnectAll(
  deps: DisconnectDeps,
  user: string,
  leases: readonly Lease[],
  lastFrame: ErrorFrame,
  signal: AbortSignal,
): Promise<void> {
  await pMap(
    leases,
    async ({ connection }) => {
      await endConnection(deps, connection, lastFrame, signal);
      await releaseLease(deps, user, connection, signal);
    },
    { stopOnError: false },
  );
}

/** Posts a last frame to a connection and closes it. */
export async function endConnection(
  { connections }: Pick<DisconnectDeps, "connections">,
  connection: string,
  lastFrame: ErrorFrame,
  signal: AbortSignal,
): Promise<void> {
  await connections.post(connection, lastFrame, signal);
  await connections.close(connection, signal);
}

/** Builds an error after which the client must not reconnect by itself. */
export function finalError(error: WireError): ErrorFrame {
  return { type: "error", error, final: true };
}

export const SIGNED_OUT = finalError(wireError("unauthenticated", "Signed out."));
