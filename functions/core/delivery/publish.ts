import type { ChatEvent } from "../../ports/events.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Delivery, Outbound, OutboundTopic } from "../../ports/topics.ts";

export interface PublishDeps {
  readonly outbound: OutboundTopic;
  readonly logger: Log;
  readonly metrics: Metrics;
}

/** Messages for the outbound topic. */
export interface Unpublished {
  readonly deliveries: readonly Delivery[];
  /** Returns the events, for which it may have to read. */
  readonly events: () => Promise<readonly ChatEvent[]>;
}

/** Sorts messages into deliveries and events. */
export function unpublished(messages: readonly Outbound[]): Unpublished {
  const events = messages.filter(isEvent);
  return { deliveries: messages.filter((message) => !isEvent(message)), events: async () => events };
}

function isEvent(message: Outbound): message is ChatEvent {
  return !message.type.startsWith("deliver.");
}

/**
 * Publishes deliveries and events apart: no delivery waits for an event, or fails with one. Throws if a delivery is not
 * published, or if an event is not for a reason that may pass. Returns the number of events.
 */
export async function publishApart(
  deps: PublishDeps,
  { deliveries, events }: Unpublished,
  signal: AbortSignal,
): Promise<number> {
  const publishing = deliveries.length > 0 ? deps.outbound.publish(deliveries, signal) : undefined;
  // allSettled, not all: nothing may still be pending when the function returns.
  const [published, announced] = await Promise.allSettled([publishing, announce(deps, events, signal)]);
  if (published.status === "rejected") throw published.reason;
  if (announced.status === "rejected") throw announced.reason;
  return announced.value;
}

/** An event that the topic refuses for good is dropped: it must not hold up the conversation. */
async function announce(
  { outbound, logger, metrics }: PublishDeps,
  eventsOf: Unpublished["events"],
  signal: AbortSignal,
): Promise<number> {
  const events = await eventsOf();
  if (events.length === 0) return 0;
  for (const { event, reason } of await outbound.announce(events, signal)) {
    const { type, conversation } = event;
    logger.error("an event was refused by the topic and is lost", { type, conversation, reason });
    metrics.count("EventsRefused");
  }
  return events.length;
}
