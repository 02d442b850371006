import type { Outbound } from "../ports/topics.ts";

/** Names the frames that deliveries come from, so that their pushes can be found by them too; events are for others. */
export function ofFrames<M extends Outbound>(frames: readonly string[], messages: readonly M[]): M[] {
  return messages.map((message) => (message.type.startsWith("deliver.") ? { ...message, frames } : message));
}
