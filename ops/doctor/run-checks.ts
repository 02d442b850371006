import type { Deployment } from "../../deployment/deployment.ts";
import { checkAlarms } from "./alarms.ts";
import { checkChat } from "./chat.ts";
import type { CheckResult } from "./check-result.ts";
import { checkConcurrency } from "./concurrency.ts";
import { checkIssuer } from "./issuer.ts";
import { checkQueues } from "./queues.ts";
import { checkStack } from "./stack.ts";
import { checkTable } from "./table.ts";
import { createTestUsers, type ProvidedTokens } from "./test-users.ts";
import { checkTriggers } from "./triggers.ts";
import { checkPage } from "./web-page.ts";

/** Runs all checks and returns the results in report order. The queues are checked last, when the test message has passed through them. */
export async function runChecks(
  deployment: Deployment,
  given: ProvidedTokens,
): Promise<readonly CheckResult[]> {
  const [issuer, table, triggers, concurrency, alarms, page, chat] = await Promise.all([
    checkIssuer(deployment),
    checkTable(deployment),
    checkTriggers(deployment),
    checkConcurrency(deployment),
    checkAlarms(deployment),
    checkPage(deployment),
    checkChat(deployment, () => createTestUsers(deployment, given)),
  ]);
  const queues = await checkQueues(deployment);
  return [
    checkStack(deployment),
    ...table,
    ...triggers,
    ...concurrency,
    ...alarms,
    issuer,
    ...page,
    ...chat,
    ...queues,
  ];
}
