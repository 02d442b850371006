import { METRICS, METRICS_NAMESPACE, type MetricSpec, SERVICE_DIMENSION } from "../../wiring/metrics.ts";
import { type Resource, rendered, type Synthesized } from "./synthesized.ts";

/** A metric that an alarm or the dashboard uses, with rendered dimensions. */
export interface UsedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** AWS's metrics, from each service's page on metrics. The first dimension refers to a resource of the template. */
const AWS_METRICS: Readonly<
  Record<
    string,
    { readonly type?: string; readonly dimensions: readonly string[]; readonly names: readonly string[] }
  >
> = {
  "AWS/ApiGateway": {
    type: "AWS::ApiGatewayV2::Api",
    dimensions: ["ApiId", "Stage"],
    names: [
      "ConnectCount",
      "MessageCount",
      "ClientError",
      "IntegrationError",
      "ExecutionError",
      "IntegrationLatency",
    ],
  },
  "AWS/DynamoDB": {
    type: "AWS::DynamoDB::Table",
    dimensions: ["TableName", "Operation"],
    names: [
      "ConsumedReadCapacityUnits",
      "ConsumedWriteCapacityUnits",
      "ReadThrottleEvents",
      "WriteThrottleEvents",
      "SuccessfulRequestLatency",
      "SystemErrors",
    ],
  },
  "AWS/Lambda": {
    type: "AWS::Lambda::Function",
    dimensions: ["FunctionName"],
    names: [
      "ClaimedAccountConcurrency",
      "ConcurrentExecutions",
      "Duration",
      "Errors",
      "Invocations",
      "Throttles",
    ],
  },
  "AWS/SNS": {
    type: "AWS::SNS::Topic",
    dimensions: ["TopicName"],
    names: ["NumberOfMessagesPublished", "NumberOfNotificationsFailed", "NumberOfNotificationsRedrivenToDlq"],
  },
  "AWS/SQS": {
    type: "AWS::SQS::Queue",
    dimensions: ["QueueName"],
    names: [
      "ApproximateAgeOfOldestMessage",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesVisible",
    ],
  },
};

/** Returns the problem with a metric, or `undefined`: no service publishes it, or its resource does not exist. */
export function metricProblem(stack: Synthesized, service: string, metric: UsedMetric): string | undefined {
  const { namespace, name, dimensions } = metric;
  if (namespace === METRICS_NAMESPACE) return ownMetricProblem(service, metric);
  const known = AWS_METRICS[namespace];
  if (known === undefined) return `unknown namespace ${namespace}`;
  if (!known.names.includes(name)) return `${namespace} has no metric ${name}`;
  const extra = Object.keys(dimensions).filter((key) => !known.dimensions.includes(key));
  if (extra.length > 0) return `${name} has no dimension ${extra}`;
  const [first = ""] = known.dimensions;
  const subject = dimensions[first];
  if (subject === undefined)
    return name === "ClaimedAccountConcurrency" ? undefined : `${name} lacks the dimension ${first}`;
  const there: Readonly<Record<string, Resource>> = known.type ? stack.ofType(known.type) : {};
  return subject in there ? undefined : `${name} refers to ${subject}, which is no ${known.type}`;
}

function ownMetricProblem(service: string, { name, dimensions }: UsedMetric): string | undefined {
  const spec: MetricSpec | undefined = (METRICS as Readonly<Record<string, MetricSpec>>)[name];
  if (spec === undefined) return `the functions have no metric ${name}`;
  const wanted = [SERVICE_DIMENSION, ...(spec.dimension === undefined ? [] : [spec.dimension])];
  if (Object.keys(dimensions).sort().join() !== wanted.sort().join()) {
    return `${name} must have the dimensions ${wanted}, not ${Object.keys(dimensions)}`;
  }
  return dimensions[SERVICE_DIMENSION] === service
    ? undefined
    : `${name} has the service ${dimensions[SERVICE_DIMENSION]}`;
}

/** Returns the metric ids in an expression: names that are neither functions of metric math nor text. */
export function metricIdsIn(expression: string): string[] {
  const code = expression.replaceAll(/'[^']*'|"[^"]*"/g, "");
  return [...code.matchAll(/\b[a-z][a-z0-9_]*\b/g)].map(([name]) => name);
}

export function dimensionsOf(
  list: readonly { readonly Name: string; readonly Value: unknown }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ Name, Value }) => [Name, rendered(Value)]));
}
