import pMap from "p-map";
import type { ServerFrame } from "../../../protocol/index.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Log } from "../../ports/log.ts";
import type { ConnectionDelivery, Outbound, PushTarget } from "../../ports/topics.ts";
import { activeLeases } from "../presence/leases.ts";
import { type ReleaseLeaseDeps, releaseLease } from "../presence/release-lease.ts";
import { errorName } from "../shared/error-name.ts";
import { withTimeout } from "../shared/with-timeout.ts";

export interface PushDeps extends ReleaseLeaseDeps {
  readonly connections: Connections;
  readonly logger: Log;
}

/** A frame for one connection, and what to publish when it has to be tried again later, if it is worth that. */
export interface Push<D = ConnectionDelivery> {
  readonly frame: ServerFrame;
  readonly delivery: D;
}

const CONCURRENT_CONNECTIONS = 50;
const EPHEMERAL_BUDGET_MS = 1_000;

/** An authorizer and `$connect` may take up to 29 s each (API Gateway's integration timeout). */
const OPENING_MS = 60_000;

/**
 * Pushes to one connection, in order, until one has to be retried: that and the ones after it are returned.
 * A connection that is gone loses its lease, that one only; what it would have got stays in the log.
 */
async function pushInOrder<D>(
  deps: PushDeps,
  target: PushTarget,
  pushes: readonly Push<D>[],
  signal: AbortSignal,
): Promise<D[]> {
  for (const [index, push] of pushes.entries()) {
    const posted = await deps.connections.post(target.connection, push.frame, signal);
    const outcome = posted === "gone" && isOpening(target, deps.now()) ? "retry" : posted;
    if (outcome === "retry") return pushes.slice(index).map(({ delivery }) => delivery);
    if (outcome === "gone") {
      await removeDeadLease(deps, target, signal);
      return [];
    }
    if (outcome === "refused") {
      deps.logger.error("a push was refused", { connection: target.connection, frameType: push.frame.type });
    }
  }
  return [];
}

/**
 * A lease is registered in `$connect`, before API Gateway has the connection: until then posts are answered 410,
 * and taking the lease away would leave the connection deaf once it is open.
 */
function isOpening({ connectedAtMs }: PushTarget, nowMs: number): boolean {
  return connectedAtMs !== undefined && nowMs - connectedAtMs < OPENING_MS;
}

/** Tidying only: if it fails, the next push to this connection finds it gone again. */
export async function removeDeadLease(
  deps: PushDeps,
  target: PushTarget,
  signal: AbortSignal,
): Promise<void> {
  try {
    await releaseLease(deps, target.user, target.connection, signal);
  } catch (error) {
    deps.logger.warn("a dead lease was not removed", {
      connection: target.connection,
      error: errorName(error),
    });
  }
}

/** The same for many connections at once; none waits for another. */
export async function pushAll<D>(
  deps: PushDeps,
  targets: readonly { target: PushTarget; pushes: readonly Push<D>[] }[],
  signal: AbortSignal,
): Promise<D[]> {
  const remaining = await pMap(targets, ({ target, pushes }) => pushInOrder(deps, target, pushes, signal), {
    concurrency: CONCURRENT_CONNECTIONS,
  });
  const [first] = targets.flatMap(({ pushes }) => pushes);
  if (first !== undefined) {
    const { type } = first.frame;
    deps.logger.debug("pushed", { type, connections: targets.length, left: remaining.flat().length });
  }
  return remaining.flat();
}

/** Tells users something that is of no use later: to every connection of theirs but one, once. */
export async function sendEphemeral(
  deps: PushDeps,
  users: readonly string[],
  frame: ServerFrame,
  except: string,
  signal: AbortSignal,
): Promise<void> {
  const leases = await deps.leases.read(users, signal);
  const targets = users.flatMap((user) =>
    activeLeases(leases.get(user) ?? [], deps.now())
      .filter(({ connection }) => connection !== except)
      .map(({ connection, connectedAtMs }) => ({ user, connection, connectedAtMs })),
  );
  const pushes = [{ frame, delivery: undefined }];
  await pushAll(
    deps,
    targets.map((target) => ({ target, pushes })),
    withTimeout(EPHEMERAL_BUDGET_MS, signal),
  );
}

/** Names the frames that deliveries come from, so that their pushes can be found by them too; events are for others. */
export function withFrameIds<M extends Outbound>(frames: readonly string[], messages: readonly M[]): M[] {
  return messages.map((message) => (message.type.startsWith("deliver.") ? { ...message, frames } : message));
}
