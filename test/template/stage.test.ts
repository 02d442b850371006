import { describe, expect, test } from "vitest";
import { asList, rendered, synthesize } from "./synthesized.ts";

const dev = synthesize();
const [stage] = Object.values(dev.ofType("AWS::ApiGatewayV2::Stage"));

test("a change of the routes is deployed with the stack", () => {
  expect(stage?.Properties.AutoDeploy).toBe(true);
});

test("the stage is throttled", () => {
  expect(stage?.Properties.DefaultRouteSettings).toEqual({
    ThrottlingRateLimit: 2000,
    ThrottlingBurstLimit: 4000,
  });
});

test("a route with limits of its own is there before the stage that names it", () => {
  const prod = synthesize({ env: "prod" });
  const [throttled] = Object.values(prod.ofType("AWS::ApiGatewayV2::Stage"));
  const routeKeys = Object.entries(prod.ofType("AWS::ApiGatewayV2::Route"))
    .filter(([id]) => asList(throttled?.DependsOn).includes(id))
    .map(([, { Properties }]) => Properties.RouteKey);
  expect(routeKeys.sort()).toEqual(Object.keys(throttled?.Properties.RouteSettings).sort());
  expect(stage?.Properties.RouteSettings).toBeUndefined();
});

describe("the access log", () => {
  const format: string = stage?.Properties.AccessLogSettings.Format;

  test("goes to a log group with a retention", () => {
    const logGroup =
      dev.ofType("AWS::Logs::LogGroup")[rendered(stage?.Properties.AccessLogSettings.DestinationArn)];
    expect(logGroup?.Properties.RetentionInDays).toBe(7);
  });

  test("writes one JSON object of context variables per line", () => {
    const fields: Record<string, string> = JSON.parse(format);
    for (const variable of Object.values(fields)) expect(variable).toMatch(/^\$context(\.[a-zA-Z]+)+$/);
    expect(Object.values(fields)).toEqual(
      expect.arrayContaining(["$context.requestId", "$context.connectionId", "$context.routeKey"]),
    );
  });

  test("contains no header, query string or body, where tokens and texts travel", () => {
    expect(format).not.toMatch(
      /header|query|input|body|protocol|path|userAgent|token|authorizer\.(claims|error)/i,
    );
  });
});

test("execution logs, which contain headers, are off", () => {
  expect(stage?.Properties.DefaultRouteSettings).not.toHaveProperty("LoggingLevel");
  expect(stage?.Properties.DefaultRouteSettings).not.toHaveProperty("DataTraceEnabled");
  expect(stage?.Properties).not.toHaveProperty("RouteSettings");
});

describe("the role through which API Gateway writes logs", () => {
  test("is set before the stage is created, and outlives the stack", () => {
    const [accountId, account] = Object.entries(dev.ofType("AWS::ApiGateway::Account"))[0] ?? [];
    const roleId = rendered(account?.Properties.CloudWatchRoleArn);
    expect(stage).toHaveProperty("DependsOn", expect.arrayContaining([accountId, roleId]));
    expect(account?.DeletionPolicy).toBe("Retain");
    expect(dev.ofType("AWS::IAM::Role")[roleId]?.DeletionPolicy).toBe("Retain");
  });

  test("is not touched if the account has one", () => {
    expect(synthesize({ apiGatewayLogRole: "exists" }).ofType("AWS::ApiGateway::Account")).toEqual({});
  });
});
