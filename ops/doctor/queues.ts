import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Deployment } from "../../deployment/deployment.ts";
import { type CheckResult, failed, passed, runCheck, skipped } from "./check-result.ts";

/** Queues that should be empty, because a record there waits for an operator or a retry function, and their headings in docs/runbook.md. */
const DEAD_LETTER_HEADINGS: Readonly<Record<string, string>> = {
  EntriesParkedQueue: "frames-parked",
  EntriesDeadLetterQueue: "dead-letters-stuck",
  OutboundDeadLetterQueue: "deliveries-dead",
  NoticesDeadLetterQueue: "presence-dead",
  PresenceDeadLetterQueue: "presence-dead",
};

/** Records beyond the normal backlog of a chat that keeps up; the presence queue delays every record by 15 s. */
const MAX_BACKLOG = 1_000;

/** Checks that the dead-letter queues are empty and that no other queue falls behind. */
export function checkQueues(deployment: Deployment): Promise<readonly CheckResult[]> {
  return runCheck("queues", "sqs:GetQueueAttributes", async () => {
    const urls = Object.entries(await deployment.resources("AWS::SQS::Queue"));
    if (urls.length === 0) return [skipped("queues", "no queues are known")];
    const sqs = new SQSClient(deployment.clientOptions("sqs"));
    try {
      return await Promise.all(urls.sort().map(async ([id, url]) => checkDepth(id, await depth(sqs, url))));
    } finally {
      sqs.destroy();
    }
  });
}

async function depth(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}

function checkDepth(id: string, records: number): CheckResult {
  const heading = DEAD_LETTER_HEADINGS[id];
  const detail = records === 1 ? "1 record" : `${records} records`;
  if (heading !== undefined) {
    return records === 0 ? passed(id, "empty") : failed(id, detail, `docs/runbook.md: ${heading}.`);
  }
  return records <= MAX_BACKLOG
    ? passed(id, detail)
    : failed(id, detail, "docs/runbook.md: entries-late, deliveries-late.");
}
