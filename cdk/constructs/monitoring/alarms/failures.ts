import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { FunctionName } from "../../../../wiring/manifest.ts";
import type { MonitoredChat } from "../monitored-chat.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combineMetrics, FIVE_MINUTES, zeroFilled } from "./chat-metrics.ts";

/** Failures in five minutes that raise an alarm. A queue or the client retries a single failure. */
const SEVERAL = 3;

/** Alarms on failures. Lambda counts as errors only those that a function did not handle: crashes and timeouts. */
export function failureAlarms(chat: MonitoredChat): readonly AlarmSpec[] {
  const { service, endpoint, entries, outbound, table } = chat;
  const errors = (name: FunctionName): IMetric =>
    chat.functions[name].metricErrors({ statistic: Stats.SUM, period: FIVE_MINUTES });
  const countOf = (name: Parameters<typeof chatMetric>[1], value?: string): IMetric =>
    chatMetric(service, name, { period: FIVE_MINUTES, ...(value !== undefined && { value }) });
  const sum = (...metrics: readonly IMetric[]): IMetric =>
    combineMetrics("SUM", metrics, { period: FIVE_MINUTES });
  const stageMetric = (name: string, period: Duration): IMetric =>
    endpoint.stage.metric(name, { statistic: Stats.SUM, period });

  return [
    {
      name: "authorizer-fails",
      impact: "Nobody can connect, or only now and then: the handshake ends with 500.",
      firstCheck: "The authorizer fails, most likely because the keys of the token issuer cannot be had.",
      metric: errors("authorize"),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "connects-fail",
      impact: "Connections with a good token are refused with an error; clients try again.",
      firstCheck: "The function connect fails; look at its log and at the table.",
      metric: errors("connect"),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    allConnectsRefusedAlarm(service, stageMetric),
    {
      name: "gateway-fails",
      impact: "Frames are answered by API Gateway with an internal server error, or connections fail.",
      firstCheck:
        "API Gateway could not call a function: permissions, throttling, or an answer it does not take.",
      // IntegrationError would count every refused handshake (403, 429), which is healthy.
      metric: stageMetric("ExecutionError", FIVE_MINUTES),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "requests-fail",
      impact: "Sending or reading fails: clients get `unavailable` or `internal`, or no answer.",
      firstCheck: "send or command fail, or what they need: the entries topic, the table.",
      // Handled failures are answers with a code, not errors of the function.
      metric: sum(
        errors("send"),
        errors("command"),
        countOf("Rejected", "unavailable"),
        countOf("Rejected", "internal"),
      ),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "commits-fail",
      impact: "Messages of some conversations wait a minute and a half for their acknowledgement.",
      firstCheck:
        "The function commit crashes or runs out of time; its records come again when their visibility ends.",
      metric: errors("commit"),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "delivers-fail",
      impact: "In large groups messages reach some connections a minute and a half late.",
      firstCheck: "The function deliver crashes or runs out of time.",
      metric: errors("deliver"),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "records-retried",
      impact: "Messages or deliveries come late: their records had to be tried again.",
      firstCheck: "Functions hand records back to the queues; their logs say which, and why.",
      // One failing frame also returns the frames behind it to the queue: up to ten at a time, about ten times in five minutes.
      metric: countOf("Retried"),
      threshold: 100,
      breachedPeriods: [2, 2],
    },
    {
      name: "dead-letters-fail",
      impact: "Frames that could not be committed are neither finished nor refused.",
      firstCheck: "The function dead-letter crashes or runs out of time.",
      metric: errors("dead-letter"),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "presence-fails",
      impact: "Users are shown as online although they have gone.",
      firstCheck: "The functions disconnect or presence crash or run out of time.",
      metric: sum(errors("disconnect"), errors("presence")),
      threshold: SEVERAL,
      breachedPeriods: [1, 1],
    },
    {
      name: "sign-outs-fail",
      impact: "Somebody who should be out may still be connected.",
      firstCheck: "The function sign-out failed; whoever invoked it must do so again.",
      metric: errors("sign-out"),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "erasures-fail",
      impact: "Somebody who should be erased may still be named.",
      firstCheck: "The function erase failed; whoever invoked it must do so again.",
      metric: errors("erase"),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    pushFailureAlarm(service),
    {
      name: "events-refused",
      impact:
        "Consumers of events miss some: pushes to phones, search, archives. The chat itself is not affected.",
      firstCheck: "SNS refused events for good; the functions' logs say of which type, and why.",
      metric: countOf("EventsRefused"),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "topics-fail",
      impact: "Accepted messages or deliveries do not reach their queue.",
      firstCheck:
        "SNS gave up on a subscription: one of ours (the record is in a dead-letter queue), or another consumer's.",
      // SNS retries for weeks unless the queue rejects the message: because of its policy, or because it is gone.
      metric: sum(
        ...[entries.topic, outbound.topic].map((topic) =>
          topic.metricNumberOfNotificationsFailed({ statistic: Stats.SUM, period: FIVE_MINUTES }),
        ),
      ),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
    {
      name: "table-fails",
      impact: "Everything may be slow or fail, for a part of the conversations.",
      firstCheck: "DynamoDB answers with errors of its own (500).",
      // These are the operations that every message needs; other operations use the same partitions. The SDK retries, and
      // an occasional error is normal.
      metric: sum(
        ...["Query", "PutItem", "UpdateItem", "BatchGetItem"].map((operation) =>
          table.metric("SystemErrors", {
            dimensionsMap: { TableName: table.tableName, Operation: operation },
            statistic: Stats.SUM,
            period: FIVE_MINUTES,
          }),
        ),
      ),
      threshold: 10,
      breachedPeriods: [2, 3],
    },
    {
      name: "entries-missing",
      impact: "In some conversations, messages before a hole in the log cannot be read.",
      firstCheck:
        "Only a restored table can lack entries: npm run doctor -- --heads names the conversations.",
      metric: countOf("MissingSegments"),
      threshold: 1,
      breachedPeriods: [1, 1],
    },
  ];
}

/**
 * Detects a wrong audience or issuer. The authorizer then refuses every token, which it does not count as a failure. The
 * difference from single bad tokens is that nobody connects at all.
 */
function allConnectsRefusedAlarm(
  service: string,
  stageMetric: (name: string, period: Duration) => IMetric,
): AlarmSpec {
  const period = Duration.minutes(15);
  return {
    name: "nobody-gets-in",
    impact: "Nobody can connect: every handshake of the last half hour was refused.",
    firstCheck: "Tokens do not fit the configured issuer and audience, or the issuer has changed its keys.",
    metric: new MathExpression({
      expression: `IF(${zeroFilled("connected")} == 0, ${zeroFilled("refused")}, 0)`,
      usingMetrics: {
        connected: chatMetric(service, "Connected", { period }),
        refused: stageMetric("ClientError", period),
      },
      label: "refused while nobody connected",
      period,
    }),
    // A client that never gives up makes 120 attempts in a period, with pauses of 7½ s on average. One or two such clients
    // at night are no outage.
    threshold: 300,
    breachedPeriods: [2, 2],
  };
}

/**
 * Failed posts in percent of all posts. Posts to connections that are gone are not failures. Needs at least 20 posts:
 * below that, a single failure would exceed 5 %.
 */
function pushFailureAlarm(service: string): AlarmSpec {
  const metric = (name: "Pushed" | "PushFailed", value?: string) =>
    chatMetric(service, name, { period: FIVE_MINUTES, ...(value !== undefined && { value }) });
  const failed = ["retry", "refused"].map(zeroFilled);
  const all = `SUM([${[zeroFilled("pushed"), ...failed].join(", ")}])`;
  return {
    name: "pushes-fail",
    impact: "Connected users do not see messages, or see them late.",
    firstCheck:
      "API Gateway does not take posts: throttled (429), failing (5xx), not in time, or refused for good.",
    metric: new MathExpression({
      expression: `IF(${all} >= 20, 100 * SUM([${failed.join(", ")}]) / ${all}, 0)`,
      usingMetrics: {
        pushed: metric("Pushed"),
        retry: metric("PushFailed", "retry"),
        refused: metric("PushFailed", "refused"),
      },
      label: "posts that failed, percent",
      period: FIVE_MINUTES,
    }),
    threshold: 10,
    breachedPeriods: [2, 3],
  };
}
