import { GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, passed, runCheck, skipped } from "./check-result.ts";

const CHECK = "concurrency";

/** Tells whether functions have reserved concurrency. None is no fault, because a new account has none to spare: a hint. */
export function checkConcurrency(deployment: Deployment): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, "lambda:GetFunctionConcurrency", async () => {
    const functions = Object.values(await deployment.resources("AWS::Lambda::Function"));
    if (functions.length === 0) return [skipped(CHECK, "an embedded cloud reserves none")];
    const lambda = new LambdaClient(deployment.clientOptions("lambda"));
    try {
      const reserved = await Promise.all(
        functions.map(async (FunctionName) => {
          const answer = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
          return answer.ReservedConcurrentExecutions !== undefined;
        }),
      );
      const count = reserved.filter(Boolean).length;
      if (count > 0) return [passed(CHECK, `functions with reserved concurrency: ${count}`)];
      return [
        passed(
          CHECK,
          "none is reserved; in production, `reservedConcurrency` keeps a flood of one function from the others",
        ),
      ];
    } finally {
      lambda.destroy();
    }
  });
}
