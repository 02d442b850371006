import type { WireError } from "../../protocol/index.ts";
import type { METRICS, MetricName } from "../../wiring/metrics.ts";

/** Reason a connection was refused. `$connect` reports the last two, the authorizer the others. */
export type ConnectRefusal =
  | "bad_origin"
  | "no_token"
  | "bad_token"
  | "expired_token"
  | "bad_device"
  | "revoked"
  | "penalized";

/** Values of each metric's second dimension. CloudWatch bills every value as a metric. */
interface DimensionValues {
  /** One of `ERROR_CODES`, though its type lets clients read codes of later servers. */
  readonly Rejected: WireError["code"];
  readonly PushFailed: "retry" | "refused";
  readonly DeadLettered: "finished" | "refused" | "parked";
  readonly ConnectRefused: ConnectRefusal;
}

type Specs = typeof METRICS;
type Plain<Unit> = {
  [Name in MetricName]: Specs[Name] extends { unit: Unit; dimension: string }
    ? never
    : Specs[Name] extends { unit: Unit }
      ? Name
      : never;
}[MetricName];
export type Dimensioned = {
  [N in MetricName]: Specs[N] extends { dimension: string } ? N : never;
}[MetricName];

/**
 * Counts events for monitoring. Every call adds to the count, so callers call it once per event. It returns at once,
 * never throws and calls no service. Counts are emitted when the invocation ends, even by an error; an invocation
 * that is killed loses its counts.
 */
export interface Metrics {
  count(name: Plain<"Count">, times?: number): void;

  /** Like `count`, for a metric with a second dimension. */
  countBy<N extends Dimensioned>(name: N, value: DimensionValues[N], times?: number): void;

  /** Records one duration; percentiles are computed from all of them. */
  measure(name: Plain<"Milliseconds">, ms: number): void;
}
