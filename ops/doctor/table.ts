import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

const RESTORED = "A restore from a backup does not restore this setting: docs/restore.md.";

/** Checks that the table exists and has the settings that a restore from a backup loses. */
export async function checkTable(deployment: Deployment): Promise<readonly CheckResult[]> {
  if (deployment.kind === "embedded")
    return [skipped("table", "an embedded cloud creates its table at start")];
  const TableName = outputOf(deployment, "TableName");
  const client = new DynamoDBClient(deployment.clientOptions("dynamodb"));
  const isKept = deployment.state?.terminationProtection ?? false;
  try {
    return (
      await Promise.all([
        runCheck("table", "dynamodb:DescribeTable", async () => {
          const { Table } = await client.send(new DescribeTableCommand({ TableName }));
          const status = Table?.TableStatus ?? "unknown";
          return [
            status === "ACTIVE" || status === "UPDATING"
              ? passed("table", `${TableName} is ${status}`)
              : failed(
                  "table",
                  `${TableName} is ${status}`,
                  "Nothing works without the table: look at it in the console.",
                ),
            ...(isKept ? [protection(Table?.DeletionProtectionEnabled ?? false)] : []),
          ];
        }),
        runCheck("time to live", "dynamodb:DescribeTimeToLive", async () => {
          const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
          const status = TimeToLiveDescription?.TimeToLiveStatus ?? "unknown";
          const isOn = status === "ENABLED" || status === "ENABLING";
          return [isOn ? passed("time to live", status) : failed("time to live", status, RESTORED)];
        }),
        runCheck("backup", "dynamodb:DescribeContinuousBackups", async () => {
          const { ContinuousBackupsDescription } = await client.send(
            new DescribeContinuousBackupsCommand({ TableName }),
          );
          const { PointInTimeRecoveryStatus: status = "unknown" } =
            ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
          const detail = `point-in-time recovery is ${status}`;
          return [status === "ENABLED" ? passed("backup", detail) : failed("backup", detail, RESTORED)];
        }),
      ])
    ).flat();
  } finally {
    client.destroy();
  }
}

function protection(isOn: boolean): CheckResult {
  const check = "deletion protection";
  return isOn ? passed(check, "on") : failed(check, "off, although this stack keeps its data", RESTORED);
}
