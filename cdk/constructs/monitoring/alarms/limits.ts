import { type IMetric, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { CHANNELS, FUNCTION_NAMES, type FunctionName } from "../../../../wiring/manifest.ts";
import type { Channel } from "../../messaging/channel.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combined, FIVE_MINUTES, filled, MINUTE } from "./chat-metrics.ts";
import type { Watched } from "./watched.ts";

/**
 * Lambda's default quota of concurrent executions for an account and region. CloudWatch's SERVICE_QUOTA knows the
 * quotas of a list of services, and Lambda is not in it, so it cannot be looked up.
 */
export const DEFAULT_ACCOUNT_CONCURRENCY = 1_000;

/** Functions that work on queues: when they are throttled nobody is told, but records wait and count as received. */
const OF_QUEUES: ReadonlySet<FunctionName> = new Set([
  CHANNELS.entries.trigger.function,
  CHANNELS.entries.deadLetters.trigger.function,
  CHANNELS.outbound.trigger.function,
  CHANNELS.presence.trigger.function,
]);

/** What is near a limit, or at one. */
export function limits(watched: Watched, accountConcurrency: number): readonly AlarmSpec[] {
  const throttles = (names: readonly FunctionName[]): IMetric =>
    combined(
      "SUM",
      names.map((name) =>
        watched.functions[name].metricThrottles({ statistic: Stats.SUM, period: FIVE_MINUTES }),
      ),
      { period: FIVE_MINUTES, label: "throttled invocations" },
    );
  return [
    {
      name: "frames-overloaded",
      users: "Senders are told `overloaded` and have to wait.",
      look: "A lane of the entries holds more than the admission depth.",
      metric: chatMetric(watched.service, "Overloaded", { period: FIVE_MINUTES }),
      threshold: 1,
      breached: [1, 1],
    },
    {
      name: "requests-throttled",
      users: "Connecting, sending or reading fails at once for some.",
      look: "Lambda throttles functions behind the WebSocket API: the account has no concurrency left.",
      metric: throttles(FUNCTION_NAMES.filter((name) => !OF_QUEUES.has(name))),
      threshold: 1,
      breached: [1, 1],
    },
    {
      name: "records-throttled",
      users: "Messages and deliveries come late.",
      look: "Lambda throttles functions behind queues: the account has no concurrency left.",
      // The triggers keep below their own cap without being throttled; a few come when they scale.
      metric: throttles(FUNCTION_NAMES.filter((name) => OF_QUEUES.has(name))),
      threshold: 10,
      breached: [2, 2],
    },
    {
      name: "concurrency-near-cap",
      users: "Nothing yet, or messages begin to come late.",
      look: "commit, deliver or presence runs as often as its triggers let it, for ten minutes.",
      // In a burst they should; not for ten minutes.
      metric: nearestToCap(watched),
      threshold: 90,
      breached: [10, 10],
    },
    {
      name: "account-concurrency",
      users: "Nothing yet; beyond the quota connecting and sending fail.",
      look: "All functions of the account together run near Lambda's quota of concurrent executions.",
      // Of the account and region, other applications and what they have reserved included.
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "ClaimedAccountConcurrency",
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      threshold: Math.floor(accountConcurrency * 0.8),
      breached: [3, 5],
    },
    {
      name: "table-throttled",
      users: "Messages of some conversations come late; reading may fail.",
      look: "DynamoDB throttles the table: a partition key is hot, or the table's traffic has doubled at once.",
      // The SDK tries again within milliseconds; an on-demand table throttles briefly while it splits.
      metric: combined(
        "SUM",
        ["ReadThrottleEvents", "WriteThrottleEvents"].map((name) =>
          watched.table.metric(name, {
            dimensionsMap: { TableName: watched.table.tableName },
            statistic: Stats.SUM,
            period: FIVE_MINUTES,
          }),
        ),
        { period: FIVE_MINUTES, label: "throttled reads and writes" },
      ),
      threshold: 20,
      breached: [2, 3],
    },
  ];
}

/** Of the functions with capped triggers the one nearest to its cap, in percent. The cap of dead-letter is only two. */
function nearestToCap({ functions, entries, outbound, presence }: Watched): IMetric {
  const capped: readonly [string, FunctionName, Channel][] = [
    ["commit", CHANNELS.entries.trigger.function, entries],
    ["deliver", CHANNELS.outbound.trigger.function, outbound],
    ["presence", CHANNELS.presence.trigger.function, presence],
  ];
  const percents = capped.map(([id, , channel]) => `100 * ${filled(id)} / ${channel.concurrencyCap}`);
  return new MathExpression({
    expression: `MAX([${percents.join(", ")}])`,
    usingMetrics: Object.fromEntries(
      capped.map(([id, name]) => [
        id,
        functions[name].metric("ConcurrentExecutions", { statistic: Stats.MAXIMUM, period: MINUTE }),
      ]),
    ),
    label: "concurrency, percent of the triggers' cap",
    period: MINUTE,
  });
}
