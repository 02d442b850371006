import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { HeadWrite } from "./head-write.ts";

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
  { appended, frames }: HeadWrite,
): void {
  if (appended.length === 0) return;
  metrics.count("Committed", appended.length);
  for (const { sender, receivedAtMs } of frames) {
    if (sender.connection !== undefined) metrics.measure("CommitLatency", Math.max(0, now() - receivedAtMs));
  }
  const [fromSeq, toSeq] = [appended[0]?.seq, appended.at(-1)?.seq];
  logger.debug("committed", { conversation, frames: frames.map(({ frame }) => frame), fromSeq, toSeq });
}
