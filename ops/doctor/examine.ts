import type { Deployment } from "../../deployment/deployment.ts";
import { checkAlarms } from "./alarms.ts";
import { checkChat } from "./chat.ts";
import type { Finding } from "./finding.ts";
import { checkIssuer } from "./issuer.ts";
import { checkPage } from "./page.ts";
import { checkQueues } from "./queues.ts";
import { checkStack } from "./stack.ts";
import { checkTable } from "./table.ts";
import { checkTriggers } from "./triggers.ts";
import { type GivenTokens, visitors } from "./visitors.ts";

/** All checks, in the order in which they are read. The queues come last: the message that was tried is through them. */
export async function examine(deployment: Deployment, given: GivenTokens): Promise<readonly Finding[]> {
  const [issuer, table, triggers, alarms, page, chat] = await Promise.all([
    checkIssuer(deployment),
    checkTable(deployment),
    checkTriggers(deployment),
    checkAlarms(deployment),
    checkPage(deployment),
    checkChat(deployment, () => visitors(deployment, given)),
  ]);
  const queues = await checkQueues(deployment);
  return [checkStack(deployment), ...table, ...triggers, ...alarms, issuer, ...page, ...chat, ...queues];
}
