import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";
import {
  METRICS,
  METRICS_NAMESPACE,
  type MetricName,
  type MetricSpec,
  SERVICE_DIMENSION,
} from "../../../../wiring/metrics.ts";

export const MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);

/** CloudWatch's hard limit for an alarm on an expression. */
export const MAX_METRICS_PER_ALARM = 10;

/** Returns a metric of the functions. `value` is the value of its second dimension, if it has one. */
export function chatMetric(
  service: string,
  name: MetricName,
  { value, ...options }: MetricOptions & { readonly value?: string } = {},
): Metric {
  const { dimension }: MetricSpec = METRICS[name];
  if ((dimension === undefined) !== (value === undefined)) {
    throw new Error(
      dimension === undefined
        ? `${name} has no second dimension: do not pass the value ${value}`
        : `${name} has the dimension ${dimension}: pass its value`,
    );
  }
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: service, ...(dimension && value && { [dimension]: value }) },
    statistic: Stats.SUM,
    ...options,
  });
}

/** Finds every value of a metric's second dimension. Only for graphs: alarms cannot search. */
export function searchByDimension(service: string, name: MetricName, period: Duration): MathExpression {
  const { dimension }: MetricSpec = METRICS[name];
  if (dimension === undefined) throw new Error(`${name} has no second dimension`);
  const schema = `{${METRICS_NAMESPACE},${SERVICE_DIMENSION},${dimension}}`;
  return new MathExpression({
    expression: `SEARCH('${schema} MetricName="${name}" ${SERVICE_DIMENSION}="${service}"', 'Sum', ${period.toSeconds()})`,
    label: name,
    period,
  });
}

/**
 * Combines several metrics into one number. Most metrics are published only when there is something to count, and an
 * operation on a missing value yields no value, so each is filled with 0.
 */
export function combineMetrics(
  operation: "SUM" | "MAX",
  metrics: readonly IMetric[],
  options: { readonly period: Duration; readonly label?: string },
): MathExpression {
  // All expressions of a graph share one set of ids.
  const prefix = (options.label ?? "m").toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const named = metrics.map((metric, index) => [`${prefix}${index}`, metric] as const);
  return new MathExpression({
    expression: `${operation}([${named.map(([id]) => zeroFilled(id)).join(", ")}])`,
    usingMetrics: Object.fromEntries(named),
    ...options,
  });
}

export function zeroFilled(id: string): string {
  return `FILL(${id}, 0)`;
}
