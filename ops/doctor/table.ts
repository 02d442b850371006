import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { type Finding, looked, ok, skipped, wrong } from "./finding.ts";

const RESTORED = "A table that was restored from a backup has none of these settings: docs/restore.md.";

/** Is the table there, and set up as it was deployed? What a restore does not bring along is what is looked at. */
export async function checkTable(deployment: Deployment): Promise<readonly Finding[]> {
  if (deployment.kind === "embedded")
    return [skipped("table", "that of an embedded cloud is set up at its start")];
  const TableName = outputOf(deployment, "TableName");
  const client = new DynamoDBClient(deployment.clientOptions("dynamodb"));
  const isKept = deployment.state?.terminationProtection ?? false;
  try {
    return (
      await Promise.all([
        looked("table", "dynamodb:DescribeTable", async () => {
          const { Table } = await client.send(new DescribeTableCommand({ TableName }));
          const status = Table?.TableStatus ?? "unknown";
          return [
            status === "ACTIVE" || status === "UPDATING"
              ? ok("table", `${TableName} is ${status}`)
              : wrong(
                  "table",
                  `${TableName} is ${status}`,
                  "Nothing works without it: look at it in the console.",
                ),
            ...(isKept ? [protection(Table?.DeletionProtectionEnabled ?? false)] : []),
          ];
        }),
        looked("time to live", "dynamodb:DescribeTimeToLive", async () => {
          const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
          const status = TimeToLiveDescription?.TimeToLiveStatus ?? "unknown";
          const isOn = status === "ENABLED" || status === "ENABLING";
          return [isOn ? ok("time to live", status) : wrong("time to live", status, RESTORED)];
        }),
        looked("backup", "dynamodb:DescribeContinuousBackups", async () => {
          const { ContinuousBackupsDescription } = await client.send(
            new DescribeContinuousBackupsCommand({ TableName }),
          );
          const { PointInTimeRecoveryStatus: status = "unknown" } =
            ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
          const detail = `point-in-time recovery is ${status}`;
          return [status === "ENABLED" ? ok("backup", detail) : wrong("backup", detail, RESTORED)];
        }),
      ])
    ).flat();
  } finally {
    client.destroy();
  }
}

function protection(isOn: boolean): Finding {
  const check = "deletion protection";
  return isOn ? ok(check, "on") : wrong(check, "off, though this stack's data is to be kept", RESTORED);
}
