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

/** A hard limit of CloudWatch for an alarm on an expression. */
export const MAX_METRICS_PER_ALARM = 10;

/** A metric of the functions; `value` is that of its second dimension, if it has one. */
export function chatMetric(
  service: string,
  name: MetricName,
  { value, ...options }: MetricOptions & { readonly value?: string } = {},
): Metric {
  const { dimension }: MetricSpec = METRICS[name];
  if ((dimension === undefined) !== (value === undefined)) {
    throw new Error(`${name} is counted by ${dimension ?? "nothing"}, not by ${value ?? "nothing"}`);
  }
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: service, ...(dimension && value && { [dimension]: value }) },
    statistic: Stats.SUM,
    ...options,
  });
}

/** Every value the second dimension of a metric has had. For graphs: an alarm cannot search. */
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
 * One number of several metrics. Most are published only when there is something to count, and an operation on a
 * missing value is missing: so each is filled.
 */
export function combineMetrics(
  operation: "SUM" | "MAX",
  metrics: readonly IMetric[],
  options: { readonly period: Duration; readonly label?: string },
): MathExpression {
  // Ids are shared by all that is in one graph.
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
