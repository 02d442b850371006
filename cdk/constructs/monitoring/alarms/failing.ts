import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { FunctionName } from "../../../../wiring/manifest.ts";
import type { AlarmSpec } from "./alarm-spec.ts";
import { chatMetric, combined, FIVE_MINUTES, filled } from "./chat-metrics.ts";
import type { Watched } from "./watched.ts";

/** A failure alone is tried again, by a queue or by the client; several in five minutes are no accident. */
const SEVERAL = 3;

/** What fails. A function's own errors are those it did not handle: crashes and timeouts. */
export function failing(watched: Watched): readonly AlarmSpec[] {
  const { service, endpoint, entries, outbound, table } = watched;
  const errors = (name: FunctionName): IMetric =>
    watched.functions[name].metricErrors({ statistic: Stats.SUM, period: FIVE_MINUTES });
  const counted = (name: Parameters<typeof chatMetric>[1], value?: string): IMetric =>
    chatMetric(service, name, { period: FIVE_MINUTES, ...(value !== undefined && { value }) });
  const sum = (...metrics: readonly IMetric[]): IMetric => combined("SUM", metrics, { period: FIVE_MINUTES });
  const ofStage = (name: string, period: Duration): IMetric =>
    endpoint.stage.metric(name, { statistic: Stats.SUM, period });

  return [
    {
      name: "authorizer-fails",
      users: "Nobody can connect, or only now and then: the handshake ends with 500.",
      look: "The authorizer fails, most likely because the keys of the token issuer cannot be had.",
      metric: errors("authorize"),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "connects-fail",
      users: "Connections with a good token are refused with an error; clients try again.",
      look: "The function connect fails; look at its log and at the table.",
      metric: errors("connect"),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    nobodyGetsIn(service, ofStage),
    {
      name: "gateway-fails",
      users: "Frames are answered by API Gateway with an internal server error, or connections fail.",
      look: "API Gateway could not call a function: permissions, throttling, or an answer it does not take.",
      // Not IntegrationError: that counts every refused handshake (403, 429), which is healthy.
      metric: ofStage("ExecutionError", FIVE_MINUTES),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "requests-fail",
      users: "Sending or reading fails: clients get `unavailable` or `internal`, or no answer.",
      look: "send or command fail, or what they need: the entries topic, the table.",
      // What they handle is an answer with a code, not an error of the function.
      metric: sum(
        errors("send"),
        errors("command"),
        counted("Rejected", "unavailable"),
        counted("Rejected", "internal"),
      ),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "commits-fail",
      users: "Messages of some conversations wait a minute and a half for their acknowledgement.",
      look: "The function commit crashes or runs out of time; its records come again when their visibility ends.",
      metric: errors("commit"),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "delivers-fail",
      users: "In large groups messages reach some connections a minute and a half late.",
      look: "The function deliver crashes or runs out of time.",
      metric: errors("deliver"),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "records-retried",
      users: "Messages or deliveries come late: their records had to be tried again.",
      look: "Functions hand records back to the queues; their logs say which, and why.",
      // One frame that fails hands back the frames behind it, up to ten at a time, about ten times in five minutes.
      metric: counted("Retried"),
      threshold: 100,
      breached: [2, 2],
    },
    {
      name: "dead-letters-fail",
      users: "Frames that could not be committed are neither finished nor refused.",
      look: "The function dead-letter crashes or runs out of time.",
      metric: errors("dead-letter"),
      threshold: 1,
      breached: [1, 1],
    },
    {
      name: "presence-fails",
      users: "Users are shown as online although they have gone.",
      look: "The functions disconnect or presence crash or run out of time.",
      metric: sum(errors("disconnect"), errors("presence")),
      threshold: SEVERAL,
      breached: [1, 1],
    },
    {
      name: "sign-outs-fail",
      users: "Somebody who should be out may still be connected.",
      look: "The function sign-out failed; whoever invoked it must do so again.",
      metric: errors("sign-out"),
      threshold: 1,
      breached: [1, 1],
    },
    pushesFail(service),
    {
      name: "topics-fail",
      users: "Accepted messages or deliveries do not reach their queue.",
      look: "SNS gave up on a subscription: one of ours (the record is in a dead-letter queue), or another consumer's.",
      // SNS tries again for weeks unless the queue refuses: its policy, or that it is gone.
      metric: sum(
        ...[entries.topic, outbound.topic].map((topic) =>
          topic.metricNumberOfNotificationsFailed({ statistic: Stats.SUM, period: FIVE_MINUTES }),
        ),
      ),
      threshold: 1,
      breached: [1, 1],
    },
    {
      name: "table-fails",
      users: "Everything may be slow or fail, for a part of the conversations.",
      look: "DynamoDB answers with errors of its own (500).",
      // The operations every message needs; the others are answered by the same partitions. The SDK tries again, and
      // now and then an error is part of the service.
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
      breached: [2, 3],
    },
  ];
}

/**
 * A wrong audience or issuer is no failure of the authorizer: it refuses, as it refuses a bad token. That nobody at
 * all comes in meanwhile tells the two apart.
 */
function nobodyGetsIn(service: string, ofStage: (name: string, period: Duration) => IMetric): AlarmSpec {
  const period = Duration.minutes(15);
  return {
    name: "nobody-gets-in",
    users: "Nobody can connect: every handshake of the last half hour was refused.",
    look: "Tokens do not fit the configured issuer and audience, or the issuer has changed its keys.",
    metric: new MathExpression({
      expression: `IF(${filled("connected")} == 0, ${filled("refused")}, 0)`,
      usingMetrics: {
        connected: chatMetric(service, "Connected", { period }),
        refused: ofStage("ClientError", period),
      },
      label: "refused while nobody connected",
      period,
    }),
    // A client that does not give up comes to 120 in a period: its pauses are 7½ s on average. One or two that are
    // left over, at night, are no outage.
    threshold: 300,
    breached: [2, 2],
  };
}

/** In percent of all posts; those to connections that are gone are no failures. Of fewer than 20, one is 5 %. */
function pushesFail(service: string): AlarmSpec {
  const metric = (name: "Pushed" | "PushFailed", value?: string) =>
    chatMetric(service, name, { period: FIVE_MINUTES, ...(value !== undefined && { value }) });
  const failed = ["retry", "refused"].map(filled);
  const all = `SUM([${[filled("pushed"), ...failed].join(", ")}])`;
  return {
    name: "pushes-fail",
    users: "Connected users do not see messages, or see them late.",
    look: "API Gateway does not take posts: throttled (429), failing (5xx), not in time, or refused for good.",
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
    breached: [2, 3],
  };
}
