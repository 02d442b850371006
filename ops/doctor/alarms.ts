import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

const CHECK = "alarms";

/** Checks that none of the stack's alarms is raised. */
export function checkAlarms(deployment: Deployment): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, "cloudwatch:DescribeAlarms", async () => {
    if (deployment.outputs.AlarmTopicArn === undefined) return [skipped(CHECK, "this deployment has none")];
    const client = new CloudWatchClient(deployment.clientOptions("cloudwatch"));
    try {
      const prefix = `${deployment.name}-`;
      const raised: string[] = [];
      let count = 0;
      for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix })) {
        for (const { AlarmName = "", StateValue } of page.MetricAlarms ?? []) {
          count += 1;
          if (StateValue === "ALARM") raised.push(AlarmName.slice(prefix.length));
        }
      }
      if (raised.length === 0) return [passed(CHECK, `none of ${count} is raised`)];
      return raised.map((name) => failed(CHECK, `${name} is raised`, `docs/runbook.md: ${name}.`));
    } finally {
      client.destroy();
    }
  });
}
