import { App, Stack, Validations } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks } from "cdk-nag";
import type { IConstruct } from "constructs";
import { describe, expect, test } from "vitest";
import { ENVIRONMENT_CASES, synthesize, synthesizeWith } from "./synthesized.ts";

/** Returns errors and warnings as `<rule> at <construct path>`. */
function findings(scope: IConstruct, checks = new AwsSolutionsChecks()): string[] {
  return checks
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
}

interface Suppression {
  readonly rule: string;
  readonly reason: string;
  readonly at: string;
}

function suppressions(scope: IConstruct): Suppression[] {
  return scope.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries<string>(data))
      .map(([id, reason]) => ({ rule: id.replace(/^Annotation::/, ""), reason, at: construct.node.path }))
      .filter(({ rule }) => rule.startsWith("AwsSolutions-")),
  );
}

test("the checks find a violation", () => {
  const stack = new Stack(new App(), "Open");
  new Topic(stack, "Topic");
  expect(findings(stack)).toEqual(["AwsSolutions-SNS3 at Open/Topic/Resource"]);
});

function domainOf(name: string, region: string) {
  return { name, certificateArn: `arn:aws:acm:${region}:111122223333:certificate/0a1b` };
}

test("the checks find nothing with tracing, custom domains and the web page either", () => {
  const domain = domainOf("chat.example.com", "eu-central-1");
  const web = { domain: domainOf("app.example.com", "us-east-1") };
  expect(findings(synthesizeWith({ tracing: true, domain, web }).app)).toEqual([]);
});

const CASES = [...ENVIRONMENT_CASES, { env: "dev", web: "on" }].map((context) => ({
  title: Object.values(context).join(", web "),
  context,
}));

describe.for(CASES)("in $title", ({ context }) => {
  const { app } = synthesize(context);

  test("AWS's solution checks find nothing that is not suppressed", () => {
    expect(findings(app)).toEqual([]);
  });

  test("each suppression gives a reason and suppresses something", () => {
    const all = findings(app, Object.assign(new AwsSolutionsChecks(), { isAcknowledged: () => false }));
    const found = suppressions(app);
    expect(found.length).toBeGreaterThan(10);
    for (const { rule, reason, at } of found) {
      expect(reason.split(" ").length, rule).toBeGreaterThan(5);
      expect(
        all.filter((finding) => finding.startsWith(`${rule} at ${at}/`)),
        `${rule} at ${at}`,
      ).not.toEqual([]);
    }
  });
});
