import type { Segment } from "../../ports/conversation-log.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { frameDigest } from "./dedup-window.ts";

export interface CommitMetricsDeps {
  readonly now: () => number;
  readonly logger: Log;
  readonly metrics: Metrics;
}

/**
 * Counts the entries that a successful write made durable, and nothing that a redelivery or a resend finds in the log.
 * Frames of a back end have no latency, because their time is from the back end's own clock.
 */
export function countCommit(
  { now, logger, metrics }: CommitMetricsDeps,
  conversation: string,
  { entries, decided }: Segment,
  batch: readonly PublishedFrame[],
): void {
  const [fromSeq = 0, toSeq = 0] = [entries[0]?.seq, entries.at(-1)?.seq];
  // A segment also records frames that were refused, or whose entries are further back.
  const held = decided.filter(({ outcomes }) =>
    outcomes.some((outcome) => "seq" in outcome && outcome.seq >= fromSeq),
  );
  const digests = new Set(held.map(({ frame }) => frame));
  const frames = batch.filter(({ frame }) => digests.has(frameDigest(frame)));
  metrics.count("Committed", entries.length);
  for (const { sender, receivedAtMs } of frames) {
    if (sender.connection !== undefined) metrics.measure("CommitLatency", Math.max(0, now() - receivedAtMs));
  }
  logger.debug("committed", { conversation, frames: frames.map(({ frame }) => frame), fromSeq, toSeq });
}
