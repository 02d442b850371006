import pMap from "p-map";
import type { PresenceFrame } from "../../../protocol/index.ts";
import type { Inbox } from "../../ports/inbox.ts";
import type { PresenceChange, PresenceDelivery, PresenceTopic } from "../../ports/presence-topic.ts";
import type { NoticeDelivery, OutboundTopic } from "../../ports/topics.ts";
import type { Watcher, Watches } from "../../ports/watches.ts";
import { divide, type Part } from "./divide.ts";
import { permittedWatchers } from "./permitted-watchers.ts";
import { type PushDeps, removeDeadLease } from "./push.ts";

export interface NotifyDeps extends PushDeps {
  readonly watches: Watches;
  readonly inbox: Inbox;
  readonly outbound: Pick<OutboundTopic, "publish">;
  readonly presence: PresenceTopic;
}

/** Watchers one message covers; further messages cover the rest. */
const WATCHERS_PER_MESSAGE = 250;
/** Rows read at once to divide the rest: about 300 KB. */
const LOOK_AHEAD = 2_500;
const CONCURRENT_PUBLISHES = 10;
/** Per message; the other messages of the batch run in parallel. */
const CONCURRENT_POSTS = 25;

/**
 * Pushes a presence change to one page of the user's watchers, once each. A watcher with a temporary failure gets it
 * through the queue; a watch whose connection is gone is removed. If it throws, the whole page is pushed
 * again.
 */
export async function notifyWatchers(
  deps: NotifyDeps,
  message: PresenceDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { change, from, until } =
    message.type === "deliver.presence" ? message : { change: message, from: undefined, until: undefined };
  const page = { from, until, limit: WATCHERS_PER_MESSAGE };
  const { watchers, next } = await deps.watches.watchersOf(change.user, page, deps.now(), signal);
  const frame = presenceFrame(change);
  const outcomes = await pMap(
    await permittedWatchers(deps.inbox, change.user, watchers, signal),
    (watcher) => pushToWatcher(deps, change.user, watcher, frame, signal),
    { concurrency: CONCURRENT_POSTS },
  );
  const deliveries = outcomes.filter((delivery) => delivery !== undefined);
  if (deliveries.length > 0) await deps.outbound.publish(deliveries, signal);
  if (next !== undefined) await publishRest(deps, change, { after: next, until }, signal);
}

/**
 * Publishes messages for the watchers that one message does not cover, all at once. If each published the next one,
 * Lambda would stop the chain after about 16 as a loop.
 */
async function publishRest(
  { watches, presence, now }: NotifyDeps,
  change: PresenceChange,
  { after, until }: Part,
  signal: AbortSignal,
): Promise<void> {
  const readAfter = async (from: string) => {
    const { watchers, next } = await watches.watchersOf(
      change.user,
      { from, until, limit: LOOK_AHEAD },
      now(),
      signal,
    );
    return { names: watchers.map(({ connection }) => connection), next };
  };
  const parts = await divide(after, until, WATCHERS_PER_MESSAGE, readAfter);
  await pMap(
    parts,
    (part) =>
      presence.publish({ type: "deliver.presence", change, from: part.after, until: part.until }, signal),
    { concurrency: CONCURRENT_PUBLISHES },
  );
}

/** Returns the delivery to publish if the push has to be retried. */
export async function pushToWatcher(
  deps: NotifyDeps,
  watched: string,
  { user, connection }: Watcher,
  frame: PresenceFrame,
  signal: AbortSignal,
): Promise<NoticeDelivery | undefined> {
  const target = { user, connection };
  const outcome = await deps.connections.post(connection, frame, signal);
  if (outcome === "retry") return { type: "deliver.notice", target, frame };
  if (outcome === "refused") deps.logger.error("a push was refused", { connection, frameType: frame.type });
  if (outcome === "gone") {
    // It sent a frame to become a watcher, so it is not just being opened.
    await deps.watches.remove(watched, connection, signal);
    await removeDeadLease(deps, target, signal);
  }
  return undefined;
}

function presenceFrame(change: PresenceChange): PresenceFrame {
  const { user, version } = change;
  if (change.type === "presence.online") {
    return { type: "presence", user, online: true, expiresAtMs: change.expiresAtMs, version };
  }
  const { lastSeenAtMs } = change;
  return {
    type: "presence",
    user,
    online: false,
    ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
    version,
  };
}
