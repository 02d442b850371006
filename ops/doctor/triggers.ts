import { GetEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

const CHECK = "triggers";

/** Are the queues connected to their functions? */
export function checkTriggers(deployment: Deployment): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, "lambda:GetEventSourceMapping", async () => {
    const mappings = Object.entries(await deployment.resources("AWS::Lambda::EventSourceMapping"));
    if (mappings.length === 0) return [skipped(CHECK, "an embedded cloud polls by itself")];
    const lambda = new LambdaClient(deployment.clientOptions("lambda"));
    try {
      const states = await Promise.all(
        mappings.map(async ([id, UUID]) => {
          const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
          return { id, state: State ?? "unknown" };
        }),
      );
      const off = states.filter(({ state }) => state !== "Enabled");
      if (off.length === 0) return [passed(CHECK, `${states.length} are on`)];
      const todo =
        "Messages wait meanwhile. `traffic: stopped` turns them off; a deployment without it turns them on.";
      return off.map(({ id, state }) => failed(CHECK, `${id} is ${state}`, todo));
    } finally {
      lambda.destroy();
    }
  });
}
