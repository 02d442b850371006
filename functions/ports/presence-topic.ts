import * as v from "valibot";
import { UserId } from "../../protocol/index.ts";

// Public: other consumers subscribe to the outbound topic too, with a filter on the attributes `type` and `user`.
// docs/architecture.md describes them; changing them must keep messages readable that are still in a queue.

/** Somebody has a connection, and can be believed to have one until `expiresAtMs`. */
const PresenceOnline = v.object({
  type: v.literal("presence.online"),
  user: UserId,
  expiresAtMs: v.number(),
  /** Of two messages about one user the higher version is right; of the same version, the later `expiresAtMs`. */
  version: v.number(),
  atMs: v.number(),
});

/** Somebody has had no connection for the grace period. */
const PresenceOffline = v.object({
  type: v.literal("presence.offline"),
  user: UserId,
  lastSeenAtMs: v.optional(v.number()),
  version: v.number(),
  atMs: v.number(),
});

/** Somebody's last connection is gone; whether it stays so is looked at after the grace period. */
export const PresenceMaybeOffline = v.object({
  type: v.literal("presence.maybe-offline"),
  user: UserId,
  atMs: v.number(),
});

const PresenceChange = v.variant("type", [PresenceOnline, PresenceOffline]);

/** Not public: the watchers of a user from `from` on, when there are more than one message tells. */
const RemainingWatchers = v.object({
  type: v.literal("deliver.presence"),
  change: PresenceChange,
  from: v.string(),
});

/** What `deliver` tells watchers. */
export const PresenceDelivery = v.variant("type", [PresenceOnline, PresenceOffline, RemainingWatchers]);

export type PresenceChange = v.InferOutput<typeof PresenceChange>;
export type PresenceDelivery = v.InferOutput<typeof PresenceDelivery>;
export type PresenceMessage = PresenceDelivery | v.InferOutput<typeof PresenceMaybeOffline>;

/** The outbound topic, for presence. What was published is durable and is delivered at least once, in any order. */
export interface PresenceTopic {
  publish(message: PresenceMessage, signal: AbortSignal): Promise<void>;
}
