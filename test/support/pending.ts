import type { Cloud } from "../../local/cloud-options.ts";
import type { ChannelName } from "../../wiring/manifest.ts";

type Queues = Pick<Cloud, "queues">;

/** Channels whose messages are handled at once. Those of `presence` wait for a grace period first. */
const AT_ONCE: readonly ChannelName[] = ["entries", "outbound", "notices"];

/** Returns the number of messages in the queues of these channels that a function has not handled yet. */
export function pendingIn({ queues }: Queues, channels: readonly ChannelName[] = AT_ONCE): number {
  return channels.reduce((sum, channel) => {
    const { visible, inFlight, delayed } = queues.depth(channel);
    return sum + visible + inFlight + delayed;
  }, 0);
}
