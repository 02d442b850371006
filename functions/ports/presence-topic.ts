import * as v from "valibot";
import { UserId } from "../../protocol/index.ts";

// Public: other consumers subscribe to the outbound topic too, with a filter on the attributes `type` and `user`.
// docs/architecture.md describes these messages. A change must keep messages readable that are still in a queue.

/** The user has a connection, and counts as online until `expiresAtMs`. */
const PresenceOnline = v.object({
  type: v.literal("presence.online"),
  user: UserId,
  expiresAtMs: v.number(),
  /**
   * Decides between two messages about one user: the higher version wins; at the same version, the later
   * `expiresAtMs`.
   */
  version: v.number(),
  atMs: v.number(),
});

/** The user has had no connection for the grace period. */
const PresenceOffline = v.object({
  type: v.literal("presence.offline"),
  user: UserId,
  lastSeenAtMs: v.optional(v.number()),
  version: v.number(),
  atMs: v.number(),
});

/** The user's last connection is gone. `presence` checks after the grace period whether they are still offline. */
export const PresenceMaybeOffline = v.object({
  type: v.literal("presence.maybe-offline"),
  user: UserId,
  atMs: v.number(),
});

const PresenceChange = v.variant("type", [PresenceOnline, PresenceOffline]);

/** Not public: some of the user's watchers, when one message cannot cover all of them: after `from`, up to `until`. */
const RemainingWatchers = v.object({
  type: v.literal("deliver.presence"),
  change: PresenceChange,
  from: v.string(),
  until: v.optional(v.string()),
});

/** Messages that `deliver` pushes to watchers. */
export const PresenceDelivery = v.variant("type", [PresenceOnline, PresenceOffline, RemainingWatchers]);

export type PresenceChange = v.InferOutput<typeof PresenceChange>;
export type PresenceDelivery = v.InferOutput<typeof PresenceDelivery>;
export type PresenceMessage = PresenceDelivery | v.InferOutput<typeof PresenceMaybeOffline>;

/** The outbound topic, for presence. A published message is durable and is delivered at least once, in any order. */
export interface PresenceTopic {
  publish(message: PresenceMessage, signal: AbortSignal): Promise<void>;
}
