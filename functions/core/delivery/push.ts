import pMap from "p-map";
import type { ServerFrame } from "../../../protocol/index.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Log } from "../../ports/log.ts";
import type { AnswerDelivery, Delivery, PushTarget } from "../../ports/topics.ts";
import { activeLeases } from "../presence/leases.ts";
import { type ReleaseLeaseDeps, releaseLease } from "../presence/release-lease.ts";
import { errorName } from "../shared/error-name.ts";
import { withTimeout } from "../shared/with-timeout.ts";

export interface PushDeps extends ReleaseLeaseDeps {
  readonly connections: Connections;
  readonly logger: Log;
}

/**
 * A frame for one connection, and the delivery to publish if it has to be retried later; `undefined` if that is not
 * worth it.
 */
export interface Push<D = AnswerDelivery> {
  readonly frame: ServerFrame;
  readonly delivery: D;
}

const CONCURRENT_CONNECTIONS = 50;
const EPHEMERAL_BUDGET_MS = 1_000;

/** API Gateway's integration timeout is 29 s, both for the authorizer and for `$connect`. */
const OPENING_MS = 60_000;

/**
 * Pushes to one connection in order. At the first push that has to be retried, returns its delivery and those after
 * it. A connection that is gone loses its lease, and no other one does; its entries stay in the log.
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
 * True while the connection may still be opening. A lease is registered in `$connect`, before API Gateway has the
 * connection. Until then posts are answered with 410, and removing the lease would leave the connection without
 * pushes once it is open.
 */
function isOpening({ connectedAtMs }: PushTarget, nowMs: number): boolean {
  return connectedAtMs !== undefined && nowMs - connectedAtMs < OPENING_MS;
}

/**
 * Removes the lease of a dead connection. A 410 can be false, so the connection is closed first: a live client without a
 * lease would be deaf, and no sign-out would find it. Cleanup only: if it fails, the next push finds the connection gone
 * again.
 */
export async function removeDeadLease(
  deps: PushDeps,
  target: PushTarget,
  signal: AbortSignal,
): Promise<void> {
  try {
    await deps.connections.close(target.connection, signal);
    await releaseLease(deps, target.user, target.connection, signal);
  } catch (error) {
    deps.logger.warn("a dead lease was not removed", {
      connection: target.connection,
      error: errorName(error),
    });
  }
}

/** Frames for one connection, in order. */
export interface TargetPushes<D> {
  readonly target: PushTarget;
  readonly pushes: readonly Push<D>[];
}

/** Pushes to many connections in parallel; none waits for another. Returns the deliveries left. */
export async function pushAll<D>(
  deps: PushDeps,
  targets: readonly TargetPushes<D>[],
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

/** Sends an ephemeral frame once to all connections of these users except one. */
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

/** Adds the ids of the originating frames to deliveries, so that the logs of a frame include its pushes. */
export function withFrameIds<D extends Delivery>(frames: readonly string[], deliveries: readonly D[]): D[] {
  return deliveries.map((delivery) => ({ ...delivery, frames }));
}
