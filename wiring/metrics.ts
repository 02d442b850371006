/**
 * The metrics of the functions, spelled once for those who count and those who watch. CloudWatch bills each
 * combination of name and dimensions, by the hour it has data, so dimensions are few: `service` (the stack's
 * name) always, and one more where the name says so.
 */

export const METRICS_NAMESPACE = "Parley";

/** Always there: the name of the stack, so that environments in one account are told apart. */
export const SERVICE_DIMENSION = "service";

export interface MetricSpec {
  readonly unit: "Count" | "Milliseconds";
  /** A second dimension, whose values are few and known. */
  readonly dimension?: string;
}

export const METRICS = {
  /** Frames published to the entries topic. */
  Accepted: { unit: "Count" },
  /** Frames refused because the lane is full. */
  Overloaded: { unit: "Count" },
  /** Frames refused, by `send`, `command` or `commit`; by the code of the error. */
  Rejected: { unit: "Count", dimension: "code" },
  /** Entries appended to a log. Not those that a redelivery or a resend found there. */
  Committed: { unit: "Count" },
  /** From API Gateway's acceptance of a frame to its entries being durable, for each frame. */
  CommitLatency: { unit: "Milliseconds" },
  /** Frames API Gateway has taken for a connection. */
  Pushed: { unit: "Count" },
  /** Posts whose connection is gone (410). */
  Gone: { unit: "Count" },
  /** Posts that did not succeed otherwise; by outcome: `retry` or `refused`. */
  PushFailed: { unit: "Count", dimension: "outcome" },
  /** Records handed back to their queue. */
  Retried: { unit: "Count" },
  /** Dead letters worked on; by what became of them: `finished`, `refused`, `parked`. */
  DeadLettered: { unit: "Count", dimension: "outcome" },
  /** Connections opened. */
  Connected: { unit: "Count" },
  /** Connections that the authorizer or `$connect` refused; by reason. */
  ConnectRefused: { unit: "Count", dimension: "reason" },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
