import { Aws, CfnMapping, Duration, Stack } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  LegendPosition,
  PeriodOverride,
  Stats,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { CHANNELS, FUNCTION_NAMES, type FunctionName } from "../../../wiring/manifest.ts";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import type { ChatAlarms } from "./alarms/chat-alarms.ts";
import { chatMetric, combineMetrics, MINUTE, searchByDimension } from "./alarms/chat-metrics.ts";
import type { MonitoredChat } from "./monitored-chat.ts";

export interface ChatDashboardProps {
  readonly chat: MonitoredChat;
  /** Alarms whose state is shown first. @default none */
  readonly alarms: ChatAlarms | undefined;
}

/** Host of the AWS console in each partition. */
const CONSOLES = {
  aws: { host: "console.aws.amazon.com" },
  "aws-cn": { host: "console.amazonaws.cn" },
  "aws-us-gov": { host: "console.amazonaws-us-gov.com" },
};

const HOUR = Duration.hours(1);

/** A dashboard whose first row shows whether messages flow, how late they are and who fails. A row per component follows. */
export class ChatDashboard extends Construct {
  /** URL of the dashboard in the console of its partition and region. */
  readonly url: string;
  readonly #chat: MonitoredChat;

  constructor(scope: Construct, id: string, { chat, alarms }: ChatDashboardProps) {
    super(scope, id);
    this.#chat = chat;
    const dashboardName = Stack.of(this).stackName;
    const dashboard = new Dashboard(this, "Dashboard", {
      dashboardName,
      defaultInterval: Duration.hours(3),
      // Keeps rates per minute for every time range.
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        ...(alarms === undefined
          ? []
          : [[new AlarmStatusWidget({ title: "Alarms", width: 24, height: 5, alarms: [...alarms.alarms] })]]),
        [this.#flow(), this.#lateness(), this.#failures()],
        ...this.#row("Connections", this.#connections()),
        ...this.#row("Queues and topics", this.#queues()),
        ...this.#row("Functions", this.#functions()),
        ...this.#row("Table", this.#table()),
        ...this.#row("What is billed, by the hour", this.#billed()),
      ],
    });
    fixLogicalId(dashboard, "ChatDashboard");
    const consoles = new CfnMapping(this, "Consoles", { mapping: CONSOLES });
    const host = consoles.findInMap(Aws.PARTITION, "host");
    this.url = `https://${host}/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`;
  }

  #flow(): IWidget {
    return graph("Are messages flowing? (a minute)", {
      left: [
        this.#count("Accepted", "frames accepted"),
        this.#count("Committed", "entries committed"),
        this.#count("Pushed", "frames pushed"),
      ],
    });
  }

  #lateness(): IWidget {
    const latency = (percentile: number) =>
      chatMetric(this.#chat.service, "CommitLatency", {
        statistic: Stats.p(percentile),
        period: MINUTE,
        label: `acceptance to log, p${percentile}`,
      });
    return graph("How late? (left: ms, right: s)", {
      left: [latency(50), latency(99)],
      right: [
        combineMetrics("MAX", this.#chat.entries.queues.map(oldestMessageAge), {
          period: MINUTE,
          label: "oldest entry",
        }),
        oldestMessageAge(this.#chat.outbound.queues[0] as Queue).with({ label: "oldest delivery" }),
      ],
      leftYAxis: { min: 0, label: "ms", showUnits: false },
      rightYAxis: { min: 0, label: "s", showUnits: false },
    });
  }

  #failures(): IWidget {
    const { functions, entries, outbound, notices, presence, service } = this.#chat;
    const dead = [entries, outbound, notices, presence].map(({ deadLetterQueue }) => deadLetterQueue);
    if (entries.parkedQueue) dead.push(entries.parkedQueue);
    return graph("Who fails? (a minute; right: waiting for a person or dead-letter)", {
      left: [
        combineMetrics(
          "SUM",
          FUNCTION_NAMES.map((name) =>
            functions[name].metricErrors({ statistic: Stats.SUM, period: MINUTE }),
          ),
          { period: MINUTE, label: "errors of functions" },
        ),
        searchByDimension(service, "PushFailed", MINUTE),
        searchByDimension(service, "Rejected", MINUTE),
      ],
      right: [
        combineMetrics("SUM", dead.map(visibleMessages), {
          period: MINUTE,
          label: "dead letters and parked frames",
        }),
      ],
    });
  }

  #connections(): readonly IWidget[] {
    const { service } = this.#chat;
    return [
      graph("Connecting (a minute)", {
        left: [
          this.#stageMetric("ConnectCount", "reached connect"),
          this.#count("Connected", "connected"),
          searchByDimension(service, "ConnectRefused", MINUTE),
        ],
      }),
      graph("API Gateway: messages and errors (a minute)", {
        left: [this.#stageMetric("MessageCount", "messages, both ways")],
        right: ["ClientError", "IntegrationError", "ExecutionError"].map((name) =>
          this.#stageMetric(name, name),
        ),
      }),
      graph("Pushes (a minute) and API Gateway's wait for functions (right: ms)", {
        left: [this.#count("Gone", "connection gone"), searchByDimension(service, "PushFailed", MINUTE)],
        right: [50, 99].map((percentile) =>
          this.#chat.endpoint.stage.metric("IntegrationLatency", {
            statistic: Stats.p(percentile),
            period: MINUTE,
            label: `integration p${percentile}`,
          }),
        ),
      }),
    ];
  }

  #queues(): readonly IWidget[] {
    const { entries, outbound, notices, presence, service } = this.#chat;
    const queues: [string, Queue][] = [
      ...entries.queues.map((queue, lane): [string, Queue] => [`entries, lane ${lane}`, queue]),
      ...outbound.queues.map((queue): [string, Queue] => ["outbound", queue]),
      ...notices.queues.map((queue): [string, Queue] => ["notices", queue]),
      ...presence.queues.map((queue): [string, Queue] => ["presence", queue]),
    ];
    const dead: [string, Queue][] = [
      ["entries, dead letters", entries.deadLetterQueue],
      ...(entries.parkedQueue ? [["entries, parked", entries.parkedQueue] as [string, Queue]] : []),
      ["outbound, dead letters", outbound.deadLetterQueue],
      ["notices, dead letters", notices.deadLetterQueue],
      ["presence, dead letters", presence.deadLetterQueue],
    ];
    const topics = [
      ["entries", entries.topic],
      ["outbound", outbound.topic],
    ] as const;
    return [
      graph("Age of the oldest record (s)", {
        left: queues.map(([label, queue]) => oldestMessageAge(queue).with({ label })),
      }),
      graph("Records waiting", {
        left: queues.map(([label, queue]) => visibleMessages(queue).with({ label })),
      }),
      graph("Dead letters and parked frames", {
        left: dead.map(([label, queue]) => visibleMessages(queue).with({ label })),
        right: [searchByDimension(service, "DeadLettered", MINUTE)],
      }),
      graph("Retried, refused as overloaded; topics failing (a minute)", {
        left: [
          this.#count("Retried", "records handed back"),
          this.#count("Overloaded", "frames refused as overloaded"),
          ...topics.flatMap(([name, topic]) => [
            topic.metricNumberOfNotificationsFailed({
              statistic: Stats.SUM,
              period: MINUTE,
              label: `${name}: not delivered`,
            }),
            topic.metric("NumberOfNotificationsRedrivenToDlq", {
              statistic: Stats.SUM,
              period: MINUTE,
              label: `${name}: to a dead-letter queue`,
            }),
          ]),
        ],
      }),
    ];
  }

  #functions(): readonly IWidget[] {
    const { functions, entries, outbound, notices } = this.#chat;
    const each = (metric: (name: FunctionName) => IMetric) => FUNCTION_NAMES.map(metric);
    const perFunction = (metricName: string, statistic: string) =>
      each((name) => functions[name].metric(metricName, { statistic, period: MINUTE, label: name }));
    return [
      graph("Duration, p99 (ms)", { left: perFunction("Duration", Stats.p(99)) }),
      graph("Concurrent executions", {
        left: perFunction("ConcurrentExecutions", Stats.MAXIMUM),
        leftAnnotations: [
          { value: entries.concurrencyCap, label: `cap of ${CHANNELS.entries.trigger.function}` },
          {
            value: outbound.concurrencyCap + notices.concurrencyCap,
            label: `cap of ${CHANNELS.outbound.trigger.function}`,
          },
        ],
      }),
      graph("Errors (a minute)", { left: perFunction("Errors", Stats.SUM) }),
      graph("Throttled (a minute)", { left: perFunction("Throttles", Stats.SUM) }),
    ];
  }

  #table(): readonly IWidget[] {
    const { table } = this.#chat;
    const operations = ["Query", "BatchGetItem", "PutItem", "UpdateItem", "TransactWriteItems"];
    const perOperation = (metricName: string, statistic: string) =>
      operations.map((operation) =>
        table.metric(metricName, {
          dimensionsMap: { TableName: table.tableName, Operation: operation },
          statistic,
          period: MINUTE,
          label: operation,
        }),
      );
    return [
      graph("Units consumed (a minute)", {
        left: [
          this.#tableMetric("ConsumedReadCapacityUnits", MINUTE),
          this.#tableMetric("ConsumedWriteCapacityUnits", MINUTE),
        ],
      }),
      graph("Throttled (left) and failing (right) (a minute)", {
        left: [
          this.#tableMetric("ReadThrottleEvents", MINUTE),
          this.#tableMetric("WriteThrottleEvents", MINUTE),
        ],
        right: perOperation("SystemErrors", Stats.SUM),
      }),
      graph("Latency, p99 (ms)", { left: perOperation("SuccessfulRequestLatency", Stats.p(99)) }),
    ];
  }

  #billed(): readonly IWidget[] {
    const { functions, entries, outbound, endpoint } = this.#chat;
    const hourly = { statistic: Stats.SUM, period: HOUR };
    return [
      graph("Messages of API Gateway and SNS", {
        left: [
          endpoint.stage.metric("MessageCount", { ...hourly, label: "API Gateway" }),
          entries.topic.metricNumberOfMessagesPublished({ ...hourly, label: "SNS, entries" }),
          outbound.topic.metricNumberOfMessagesPublished({ ...hourly, label: "SNS, outbound" }),
        ],
      }),
      graph("Table units", {
        left: [
          this.#tableMetric("ConsumedReadCapacityUnits", HOUR),
          this.#tableMetric("ConsumedWriteCapacityUnits", HOUR),
        ],
      }),
      graph("Invocations", {
        left: FUNCTION_NAMES.map((name) => functions[name].metricInvocations({ ...hourly, label: name })),
      }),
    ];
  }

  #count(
    name: "Accepted" | "Committed" | "Pushed" | "Gone" | "Retried" | "Overloaded" | "Connected",
    label: string,
  ) {
    return chatMetric(this.#chat.service, name, { period: MINUTE, label });
  }

  #stageMetric(metricName: string, label: string): IMetric {
    return this.#chat.endpoint.stage.metric(metricName, { statistic: Stats.SUM, period: MINUTE, label });
  }

  #tableMetric(metricName: string, period: Duration): IMetric {
    const { table } = this.#chat;
    return table.metric(metricName, {
      dimensionsMap: { TableName: table.tableName },
      statistic: Stats.SUM,
      period,
      label: metricName,
    });
  }

  #row(title: string, widgets: readonly IWidget[]): readonly IWidget[][] {
    return [[new TextWidget({ markdown: `## ${title}`, width: 24, height: 1 })], [...widgets]];
  }
}

/** A graph with a third of the width, unless `props` set another one. */
function graph(title: string, props: GraphWidgetProps): GraphWidget {
  return new GraphWidget({
    title,
    width: 8,
    height: 7,
    legendPosition: LegendPosition.BOTTOM,
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
    ...props,
  });
}

function oldestMessageAge(queue: Queue) {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: MINUTE });
}

function visibleMessages(queue: Queue) {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: MINUTE });
}
