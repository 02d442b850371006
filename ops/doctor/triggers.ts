import { GetEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

const CHECK = "triggers";

/** Checks that the queues trigger their functions. */
export function checkTriggers(deployment: Deployment): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, "lambda:GetEventSourceMapping", async () => {
    const mappings = Object.entries(await deployment.resources("AWS::Lambda::EventSourceMapping"));
    if (mappings.length === 0) return [skipped(CHECK, "an embedded cloud has no event source mappings")];
    const lambda = new LambdaClient(deployment.clientOptions("lambda"));
    try {
      const states = await Promise.all(
        mappings.map(async ([id, UUID]) => {
          const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
          return { id, state: State ?? "unknown" };
        }),
      );
      const disabled = states.filter(({ state }) => state !== "Enabled");
      if (disabled.length === 0) return [passed(CHECK, `${states.length} are enabled`)];
      const todo =
        "Messages wait until it is enabled. `traffic: stopped` disables triggers; a deployment without it enables them.";
      return disabled.map(({ id, state }) => failed(CHECK, `${id} is ${state}`, todo));
    } finally {
      lambda.destroy();
    }
  });
}
