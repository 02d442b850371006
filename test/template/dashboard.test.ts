import { expect, test } from "vitest";
import { metricIdsIn, metricProblem, type UsedMetric } from "./metric-problems.ts";
import { rendered, synthesize, synthesizeWith } from "./synthesized.ts";

const prod = synthesize({ env: "prod" });
const SERVICE = "parley-prod";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
  };
}

function widgetsOf(stack = prod): Widget[] {
  const [dashboard] = Object.values(stack.ofType("AWS::CloudWatch::Dashboard"));
  return JSON.parse(rendered(dashboard?.Properties.DashboardBody)).widgets;
}

type Term = UsedMetric | { readonly expression: string };

/** `["AWS/SQS", "Name", "QueueName", "q", {options}]`, or `[{expression, …}]`; `.` repeats what is above. */
function termsOf({ properties }: Widget): { term: Term; id: string | undefined }[] {
  let above: readonly string[] = [];
  return (properties.metrics ?? []).map((line) => {
    const options = line.find((part) => typeof part === "object") as Record<string, string> | undefined;
    const id = options?.id;
    if (options?.expression !== undefined) return { term: { expression: options.expression }, id };
    const parts = line
      .filter((part): part is string => typeof part === "string")
      .map((part, index) => (part === "." ? (above[index] ?? "?") : part));
    above = parts;
    const [namespace = "?", name = "?", ...pairs] = parts;
    const dimensions = Object.fromEntries(
      pairs.flatMap((part, index) => (index % 2 === 0 ? [[part, pairs[index + 1] ?? "?"]] : [])),
    );
    return { term: { namespace, name, dimensions }, id };
  });
}

const widgets = widgetsOf();
const graphs = widgets.filter(({ type }) => type === "metric");
const CASES = graphs.map((widget) => [widget.properties.title ?? "?", widget] as const);

test("the first row of graphs answers the three questions", () => {
  const top = Math.min(...graphs.map(({ y }) => y));
  const row = graphs.filter(({ y }) => y === top).map(({ properties }) => properties.title);
  expect(row.map((title) => title?.split("?")[0])).toEqual(["Are messages flowing", "How late", "Who fails"]);
});

test.for(CASES)("%s: uses metrics that exist, with defined ids", ([, widget]) => {
  const terms = termsOf(widget);
  expect(terms.length).toBeGreaterThan(0);
  const ids = terms.flatMap(({ id }) => id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { term } of terms) {
    if (!("expression" in term)) expect(metricProblem(prod, SERVICE, term)).toBeUndefined();
    else if (term.expression.startsWith("SEARCH(")) expect(searchProblem(term.expression)).toBeUndefined();
    else expect(metricIdsIn(term.expression).filter((name) => !ids.includes(name))).toEqual([]);
  }
});

/** Returns the problem with a search, or `undefined`. */
function searchProblem(expression: string): string | undefined {
  const found = /^SEARCH\('\{(\w+),(\w+),(\w+)\} MetricName="(\w+)" (\w+)="([\w-]+)"', 'Sum', \d+\)$/.exec(
    expression,
  );
  if (found === null) return `not read: ${expression}`;
  const [, namespace = "", service = "", dimension = "", name = "", , value = ""] = found;
  return metricProblem(prod, SERVICE, {
    namespace,
    name,
    dimensions: { [service]: value, [dimension]: "any" },
  });
}

test("no widget overlaps another or exceeds the width", () => {
  for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  const places = widgets.map(({ x, y }) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
});

test("the state of the alarms comes first, if there are alarms", () => {
  expect(widgets[0]).toMatchObject({ type: "alarm", y: 0 });
  expect(widgets[0]?.properties.alarms).toHaveLength(
    Object.keys(prod.ofType("AWS::CloudWatch::Alarm")).length,
  );
  const without = widgetsOf(synthesizeWith({ alarms: "off", dashboard: true }));
  expect(without.filter(({ type }) => type === "alarm")).toEqual([]);
});

test("the dashboard can be left out", () => {
  expect(synthesize().ofType("AWS::CloudWatch::Dashboard")).toEqual({});
});
