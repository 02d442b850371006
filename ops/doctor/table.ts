import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

const RESTORED = "A table that was restored from a backup has none of these settings: docs/restore.md.";

/** Is the table there, and set up as it was deployed? What a restore does not bring along is what is looked at. */
export async function checkTable(deployment: Deployment): Promise<readonly CheckResult[]> {
  if (deployment.kind === "embedded")
    return [skipped("table", "that of an embedded cloud is set up at its start")];
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
                  "Nothing works without it: look at it in the console.",
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
  return isOn ? passed(check, "on") : failed(check, "off, though this stack's data is to be kept", RESTORED);
}
