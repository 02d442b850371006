import { type IMetric, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { CHANNELS, FUNCTION_NAMES, type FunctionName } from "../../../../wiring/manifest.ts";
import type { Channel } from "../../messaging/channel.ts";
import type { MonitoredChat } from "../monitored-chat.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combineMetrics, FIVE_MINUTES, MINUTE, zeroFilled } from "./chat-metrics.ts";

/**
 * Lambda's default quota of concurrent executions for an account and region. CloudWatch's SERVICE_QUOTA does not support
 * Lambda, so an alarm cannot look it up.
 */
export const DEFAULT_ACCOUNT_CONCURRENCY = 1_000;

/** Functions with a queue trigger. Throttling them causes no error for clients, but records wait and count as received. */
const QUEUE_CONSUMERS: ReadonlySet<FunctionName> = new Set([
  CHANNELS.entries.trigger.function,
  CHANNELS.entries.deadLetters.trigger.function,
  CHANNELS.outbound.trigger.function,
  CHANNELS.presence.trigger.function,
]);

/** Alarms on limits that are near or reached. */
export function limitAlarms(chat: MonitoredChat, accountConcurrency: number): readonly AlarmSpec[] {
  const throttles = (names: readonly FunctionName[]): IMetric =>
    combineMetrics(
      "SUM",
      names.map((name) =>
        chat.functions[name].metricThrottles({ statistic: Stats.SUM, period: FIVE_MINUTES }),
      ),
      { period: FIVE_MINUTES, label: "throttled invocations" },
    );
  return [
    {
      name: "frames-overloaded",
      impact: "Senders are told `overloaded` and have to wait.",
      firstCheck: "A lane of the entries holds more than the admission depth.",
      metric: chatMetric(chat.service, "Overloaded", { period: FIVE_MINUTES }),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "requests-throttled",
      impact: "Connecting, sending or reading fails at once for some.",
      firstCheck: "Lambda throttles functions behind the WebSocket API: the account has no concurrency left.",
      metric: throttles(FUNCTION_NAMES.filter((name) => !QUEUE_CONSUMERS.has(name))),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "records-throttled",
      impact: "Messages and deliveries come late.",
      firstCheck: "Lambda throttles functions behind queues: the account has no concurrency left.",
      // Triggers stay below their own cap without throttling; a few throttles occur while they scale.
      metric: throttles(FUNCTION_NAMES.filter((name) => QUEUE_CONSUMERS.has(name))),
      threshold: 10,
      breachedPeriods: [2, 2],
    },
    {
      name: "concurrency-near-cap",
      impact: "Nothing yet, or messages begin to come late.",
      firstCheck: "commit, deliver or presence runs as often as its triggers let it, for ten minutes.",
      // Reaching the cap in a burst is fine; staying there for ten minutes is not.
      metric: highestConcurrencyPercent(chat),
      threshold: 90,
      breachedPeriods: [10, 10],
    },
    {
      name: "account-concurrency",
      impact: "Nothing yet; beyond the quota connecting and sending fail.",
      firstCheck: "All functions of the account together run near Lambda's quota of concurrent executions.",
      // This metric covers the account and region, including other applications and their reservations.
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "ClaimedAccountConcurrency",
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      threshold: Math.floor(accountConcurrency * 0.8),
      breachedPeriods: [3, 5],
    },
    {
      name: "table-throttled",
      impact: "Messages of some conversations come late; reading may fail.",
      firstCheck:
        "DynamoDB throttles the table: a partition key is hot, or the table's traffic has doubled at once.",
      // The SDK retries within milliseconds; an on-demand table throttles briefly while it splits.
      metric: combineMetrics(
        "SUM",
        ["ReadThrottleEvents", "WriteThrottleEvents"].map((name) =>
          chat.table.metric(name, {
            dimensionsMap: { TableName: chat.table.tableName },
            statistic: Stats.SUM,
            period: FIVE_MINUTES,
          }),
        ),
        { period: FIVE_MINUTES, label: "throttled reads and writes" },
      ),
      threshold: 20,
      breachedPeriods: [2, 3],
    },
  ];
}

/** Concurrency of the function nearest to its triggers' cap, in percent. Leaves out dead-letter, whose cap is only two. */
function highestConcurrencyPercent({
  functions,
  entries,
  outbound,
  notices,
  presence,
}: MonitoredChat): IMetric {
  const capped: readonly [string, FunctionName, readonly Channel[]][] = [
    ["commit", CHANNELS.entries.trigger.function, [entries]],
    ["deliver", CHANNELS.outbound.trigger.function, [outbound, notices]],
    ["presence", CHANNELS.presence.trigger.function, [presence]],
  ];
  const percents = capped.map(([id, , channels]) => `100 * ${zeroFilled(id)} / ${capOf(channels)}`);
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

/** Concurrency that the triggers of one function reach together. */
function capOf(channels: readonly Channel[]): number {
  return channels.reduce((sum, { concurrencyCap }) => sum + concurrencyCap, 0);
}
