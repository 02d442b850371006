import type { WireError } from "../../protocol/index.ts";
import type { METRICS, MetricName } from "../../wiring/metrics.ts";

/** Why a connection was not opened. The last two are those of `$connect`, the others the authorizer's. */
export type ConnectRefusal =
  | "bad_origin"
  | "no_token"
  | "bad_token"
  | "expired_token"
  | "bad_device"
  | "revoked"
  | "penalized";

/** The values of each metric's second dimension: CloudWatch bills every one of them as a metric. */
interface DimensionValues {
  /** One of `ERROR_CODES`, though its type lets clients read those of later servers. */
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
 * Counts what happens, for those who watch. Every call counts: whoever calls does so once for each thing that
 * happened. Returns at once, never throws and calls no service. What was counted is handed over when the invocation
 * ends, also by an error; an invocation that is killed takes its counts with it.
 */
export interface Metrics {
  count(name: Plain<"Count">, times?: number): void;

  /** The same for a metric with a second dimension. */
  countBy<N extends Dimensioned>(name: N, value: DimensionValues[N], times?: number): void;

  /** One duration; percentiles are of all of them. */
  measure(name: Plain<"Milliseconds">, ms: number): void;
}
