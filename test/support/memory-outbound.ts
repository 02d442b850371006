import type { Outbound, OutboundTopic } from "../../functions/ports/topics.ts";

/** Returns an outbound topic that refuses nothing, and gives all messages to `take`. */
export function outboundTo(take: (messages: readonly Outbound[]) => unknown): OutboundTopic {
  return {
    publish: async (deliveries) => {
      await take(deliveries);
    },
    announce: async (events) => {
      await take(events);
      return [];
    },
  };
}
