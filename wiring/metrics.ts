/**
 * The functions' metrics, defined once for the code that counts and the alarms and graphs that read. CloudWatch bills each
 * combination of name and dimensions for every hour in which it has data, so dimensions are few: always `service` (the
 * stack's name), and one more for some metrics.
 */

export const METRICS_NAMESPACE = "Parley";

/** Dimension of every metric: the stack's name, which separates environments in one account. */
export const SERVICE_DIMENSION = "service";

export interface MetricSpec {
  readonly unit: "Count" | "Milliseconds";
  /** A second dimension with few, known values. */
  readonly dimension?: string;
}

export const METRICS = {
  /** Frames published to the entries topic. */
  Accepted: { unit: "Count" },
  /** Frames refused because the lane is full. */
  Overloaded: { unit: "Count" },
  /** Frames refused by `send`, `command` or `commit`, per error code. */
  Rejected: { unit: "Count", dimension: "code" },
  /** Entries appended to a log, without those that a redelivery or a resend found there. */
  Committed: { unit: "Count" },
  /** Time from API Gateway's acceptance of a frame until its entries are durable, for each frame. */
  CommitLatency: { unit: "Milliseconds" },
  /** Frames that API Gateway accepted for a connection. */
  Pushed: { unit: "Count" },
  /** Posts whose connection is gone (410). */
  Gone: { unit: "Count" },
  /** Posts that failed for another reason, per outcome: `retry` or `refused`. */
  PushFailed: { unit: "Count", dimension: "outcome" },
  /** Records returned to their queue for a retry. */
  Retried: { unit: "Count" },
  /** Events for other consumers that SNS refused for good, and that are lost. */
  EventsRefused: { unit: "Count" },
  /** Dead letters handled, per outcome: `finished`, `refused`, `parked`. */
  DeadLettered: { unit: "Count", dimension: "outcome" },
  /** Reads of a log that met missing segments, as after the restore of a table. */
  MissingSegments: { unit: "Count" },
  /** Connections opened. */
  Connected: { unit: "Count" },
  /** Connections that the authorizer or `$connect` refused, per reason. */
  ConnectRefused: { unit: "Count", dimension: "reason" },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
