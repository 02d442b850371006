import { describe, expect, test } from "vitest";
import { TABLE } from "../../wiring/manifest.ts";
import { synthesize } from "./synthesized.ts";

const dev = synthesize();
const prod = synthesize({ env: "prod" });

test("the table has the keys of the manifest, is billed on demand, expires items by TTL and can be restored", () => {
  expect(dev.ofType("AWS::DynamoDB::Table").ChatTable?.Properties).toMatchObject({
    KeySchema: [
      { AttributeName: TABLE.partitionKey, KeyType: "HASH" },
      { AttributeName: TABLE.sortKey, KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
    TimeToLiveSpecification: { AttributeName: TABLE.ttl, Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
  });
});

describe("in prod", () => {
  test("table, queues and logs survive the stack", () => {
    const kept = ["AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Logs::LogGroup"].flatMap((type) =>
      Object.values(prod.ofType(type)),
    );
    expect(kept.length).toBeGreaterThan(12);
    expect(new Set(kept.map((resource) => resource.DeletionPolicy))).toEqual(new Set(["Retain"]));
  });

  test("the table has deletion protection and can be restored", () => {
    expect(prod.ofType("AWS::DynamoDB::Table").ChatTable?.Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });
});

test("a dev stack leaves no data behind", () => {
  expect(dev.ofType("AWS::DynamoDB::Table").ChatTable?.DeletionPolicy).toBe("Delete");
  expect(dev.ofType("AWS::DynamoDB::Table").ChatTable?.Properties.DeletionProtectionEnabled).toBe(false);
});

test("every log group has a retention", () => {
  for (const [environment, days] of [
    [dev, 7],
    [prod, 90],
  ] as const) {
    const retentions = Object.values(environment.ofType("AWS::Logs::LogGroup")).map(
      ({ Properties }) => Properties.RetentionInDays,
    );
    expect(new Set(retentions)).toEqual(new Set([days]));
  }
});
