import { type ErrorFrame, type ServerFrame, wireError } from "../../../protocol/index.ts";
import type { Refusal } from "../../ports/leases.ts";
import { type AnnounceDeps, announce } from "../presence/announce.ts";
import { newLease } from "../presence/leases.ts";
import type { Request } from "../request.ts";
import { type DisconnectDeps, endConnection, SIGNED_OUT } from "./disconnect.ts";
import { PENALTY_MS } from "./flood-penalty.ts";

export interface PingDeps extends AnnounceDeps, Pick<DisconnectDeps, "connections"> {}

/**
 * Checks the lease of a connection that is evidently alive. A 410 can be false, and the lease was then removed:
 * `ping` restores it and tells the client to sync, because frames pushed meanwhile were lost. The same read shows
 * whether the user's announcement lasts long enough. A connection that may not have a lease should have been closed when
 * the user was signed out or locked out, and was not: it is closed now, and its last frame is the answer.
 */
export async function ping(
  deps: PingDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ServerFrame | undefined> {
  const { user, connection, connectedAtMs, receivedAtMs } = request;
  const registered = (await deps.leases.states([user], signal)).get(user);
  if (registered?.leases.some((lease) => lease.connection === connection)) {
    await announce(deps, user, registered, receivedAtMs, signal);
    return { type: "pong" };
  }
  const state = await deps.leases.put(user, newLease(request, connectedAtMs), receivedAtMs, signal);
  if ("refused" in state) {
    await endConnection(deps, connection, lastFrame(state.refused), signal);
    return undefined;
  }
  await announce(deps, user, state, receivedAtMs, signal);
  return { type: "pong", resync: true };
}

function lastFrame(refusal: Refusal): ErrorFrame {
  if (refusal === "revoked") return SIGNED_OUT;
  return { type: "error", error: { ...wireError("rate_limited"), retryAfterMs: PENALTY_MS } };
}
