import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FUNCTION_NAMES } from "../../wiring/manifest.ts";
import { dimensionsOf, metricIdsIn, metricProblem, type UsedMetric } from "./metric-problems.ts";
import { rendered, synthesize, synthesizeWith } from "./synthesized.ts";

const prod = synthesize({ env: "prod" });
const SERVICE = "parley-prod";
const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
    };
    readonly Period: number;
  };
  readonly ReturnData?: boolean;
}

interface AlarmOfTemplate {
  readonly id: string;
  /** Name without the stack's name. */
  readonly name: string;
  /** The heading in the runbook. */
  readonly heading: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties, read by tests that fail when wrong.
  readonly properties: Readonly<Record<string, any>>;
  readonly queries: readonly Query[];
  readonly metrics: readonly UsedMetric[];
}

function alarmsOf(stack = prod, service = SERVICE): AlarmOfTemplate[] {
  return Object.entries(stack.ofType("AWS::CloudWatch::Alarm")).map(([id, { Properties: properties }]) => {
    const queries: Query[] = properties.Metrics ?? [
      {
        Id: "only",
        MetricStat: {
          Metric: {
            Namespace: properties.Namespace,
            MetricName: properties.MetricName,
            Dimensions: properties.Dimensions,
          },
          Period: properties.Period,
        },
        ReturnData: true,
      },
    ];
    const metrics = queries.flatMap(({ MetricStat }) =>
      MetricStat === undefined
        ? []
        : [
            {
              namespace: MetricStat.Metric.Namespace,
              name: MetricStat.Metric.MetricName,
              dimensions: dimensionsOf(MetricStat.Metric.Dimensions),
            },
          ],
    );
    const heading = /#([a-z-]+)$/.exec(properties.AlarmDescription)?.[1] ?? "none";
    return {
      id,
      name: properties.AlarmName.replace(`${service}-`, ""),
      heading,
      properties,
      queries,
      metrics,
    };
  });
}

const alarms = alarmsOf();
const CASES = alarms.map((alarm) => ({ name: alarm.name, alarm }));

test("every alarm has a heading in the runbook, and every heading has an alarm", () => {
  const section = /\n## The alarms\n(.*?)(?=\n## )/s.exec(runbook)?.[1] ?? "";
  const headings = [...section.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  expect(headings.toSorted()).toEqual([...new Set(alarms.map(({ heading }) => heading))].sort());
});

test("every heading says how users are affected, where to look and what to do", () => {
  const sections = runbook.split(/^### /m).slice(1);
  for (const { heading } of alarms) {
    const text = sections.find((section) => section.startsWith(`${heading}\n`)) ?? "";
    for (const part of ["**Users:**", "**Look:**", "**Do:**"]) expect(text, heading).toContain(part);
  }
});

describe.each(CASES)("$name", ({ alarm }) => {
  const { properties, queries, metrics } = alarm;

  test("publishes to the topic when it is raised and when it is over", () => {
    expect(properties.AlarmActions.map(rendered)).toEqual(["AlarmsTopic"]);
    expect(properties.OKActions.map(rendered)).toEqual(["AlarmsTopic"]);
  });

  test("uses metrics that exist", () => {
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.flatMap((metric) => metricProblem(prod, SERVICE, metric) ?? [])).toEqual([]);
  });

  test("is one number from at most ten metrics, with defined ids and a single period", () => {
    expect(metrics.length).toBeLessThanOrEqual(10);
    expect(queries.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
    const ids = queries.map(({ Id }) => Id);
    expect(new Set(ids).size).toBe(ids.length);
    const used = queries.flatMap(({ Expression }) =>
      Expression === undefined ? [] : metricIdsIn(Expression),
    );
    expect(used.filter((name) => !ids.includes(name))).toEqual([]);
    expect(new Set(queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])).size).toBe(1);
  });

  test("stays OK while nothing happens, and has a threshold above zero", () => {
    expect(properties.TreatMissingData).toBe("notBreaching");
    expect(properties.ComparisonOperator).toBe("GreaterThanOrEqualToThreshold");
    expect(properties.Threshold).toBeGreaterThan(0);
    expect(properties.DatapointsToAlarm ?? properties.EvaluationPeriods).toBeLessThanOrEqual(
      properties.EvaluationPeriods,
    );
  });

  test("has a text that helps without the runbook", () => {
    expect(properties.AlarmDescription).toMatch(/^[A-Z].+\. .+\. Runbook: \S+#[a-z-]+$/);
    expect(properties.AlarmDescription.length).toBeLessThanOrEqual(1024);
  });
});

describe("an alarm covers", () => {
  const watched = (dimension: string, name?: string) =>
    new Set(
      alarms.flatMap(({ metrics }) =>
        metrics
          .filter((metric) => name === undefined || metric.name === name)
          .flatMap(({ dimensions }) => dimensions[dimension] ?? []),
      ),
    );

  test.for(FUNCTION_NAMES)("the errors and the throttles of %s", (name) => {
    const id = prod.functionId(name);
    expect(watched("FunctionName", "Errors")).toContain(id);
    expect(watched("FunctionName", "Throttles")).toContain(id);
  });

  test("every queue", () => {
    expect([...watched("QueueName")].sort()).toEqual(Object.keys(prod.ofType("AWS::SQS::Queue")).sort());
  });

  test("both topics of the chat, the table and the endpoint", () => {
    expect(watched("TopicName", "NumberOfNotificationsFailed").size).toBe(2);
    expect([...watched("TableName")]).toEqual(["ChatTable"]);
    expect([...watched("ApiId")]).toEqual(["WebSocketApi"]);
  });
});

test("the runbook states the cost of the alarms: ten cents a month for each metric", () => {
  const cents = alarms.reduce((sum, { metrics }) => sum + 10 * metrics.length, 0);
  expect(runbook).toContain(
    `${alarms.length} alarms on ${cents / 10} metrics: $${(cents / 100).toFixed(2)} a month`,
  );
});

test("only CloudWatch may publish to the alarm topic, only for alarms of this stack, and only over TLS", () => {
  const [policy] = Object.values(prod.ofType("AWS::SNS::TopicPolicy")).filter(({ Properties }) =>
    Properties.Topics.map(rendered).includes("AlarmsTopic"),
  );
  const statements = policy?.Properties.PolicyDocument.Statement;
  expect(statements).toHaveLength(2);
  const allowed = statements.filter(({ Effect }: { Effect: string }) => Effect === "Allow");
  expect(allowed).toMatchObject([
    { Action: "sns:Publish", Principal: { Service: "cloudwatch.amazonaws.com" } },
  ]);
  expect(rendered(allowed[0].Condition.ArnLike["aws:SourceArn"])).toContain(":alarm:parley-prod-*");
});

test("configured addresses are subscribed, and texts link to the configured runbook", () => {
  const stack = synthesizeWith(
    { alarms: { emails: ["ops@example.com"], runbookUrl: "https://wiki.example.com/runbook" } },
    "staging",
  );
  const subscriptions = Object.values(stack.ofType("AWS::SNS::Subscription")).filter(
    ({ Properties }) => Properties.Protocol === "email",
  );
  expect(subscriptions.map(({ Properties }) => Properties.Endpoint)).toEqual(["ops@example.com"]);
  for (const { properties, heading } of alarmsOf(stack, "parley-staging")) {
    expect(properties.AlarmDescription).toContain(`https://wiki.example.com/runbook#${heading}`);
  }
});

test("an account with a lower concurrency quota gets a lower threshold", () => {
  const stack = synthesizeWith({ alarms: { accountConcurrency: 100 } }, "staging");
  const [alarm] = alarmsOf(stack, "parley-staging").filter(({ name }) => name === "account-concurrency");
  expect(alarm?.properties.Threshold).toBe(80);
});

test("sixteen lanes need two alarms, because one may use only ten metrics", () => {
  const late = alarmsOf(synthesizeWith({ lanes: 16 }, "prod")).filter(
    ({ heading }) => heading === "entries-late",
  );
  expect(late.map(({ name, metrics }) => [name, metrics.length])).toEqual([
    ["entries-late", 10],
    ["entries-late-from-lane-10", 6],
  ]);
});

test("with alarms off there is neither an alarm nor a topic", () => {
  const dev = synthesize();
  expect(dev.ofType("AWS::CloudWatch::Alarm")).toEqual({});
  expect(Object.keys(dev.ofType("AWS::SNS::Topic"))).not.toContain("AlarmsTopic");
});
