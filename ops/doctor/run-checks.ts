import type { Deployment } from "../../deployment/deployment.ts";
import { checkAlarms } from "./alarms.ts";
import { checkChat } from "./chat.ts";
import type { CheckResult } from "./check-result.ts";
import { checkIssuer } from "./issuer.ts";
import { checkQueues } from "./queues.ts";
import { checkStack } from "./stack.ts";
import { checkTable } from "./table.ts";
import { createTestUsers, type ProvidedTokens } from "./test-users.ts";
import { checkTriggers } from "./triggers.ts";
import { checkPage } from "./web-page.ts";

/** All checks, in the order in which they are read. The queues come last: the message that was tried is through them. */
export async function runChecks(
  deployment: Deployment,
  given: ProvidedTokens,
): Promise<readonly CheckResult[]> {
  const [issuer, table, triggers, alarms, page, chat] = await Promise.all([
    checkIssuer(deployment),
    checkTable(deployment),
    checkTriggers(deployment),
    checkAlarms(deployment),
    checkPage(deployment),
    checkChat(deployment, () => createTestUsers(deployment, given)),
  ]);
  const queues = await checkQueues(deployment);
  return [checkStack(deployment), ...table, ...triggers, ...alarms, issuer, ...page, ...chat, ...queues];
}
