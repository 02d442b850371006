import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Deployment } from "../../deployment/deployment.ts";
import { type Finding, looked, ok, skipped, wrong } from "./finding.ts";

/** What waits for a person, or for a function to look at it, and under which heading docs/runbook.md says what to do. */
const EMPTY: Readonly<Record<string, string>> = {
  EntriesParkedQueue: "frames-parked",
  EntriesDeadLetterQueue: "dead-letters-stuck",
  OutboundDeadLetterQueue: "deliveries-dead",
  PresenceDeadLetterQueue: "departures-dead",
};

/** More than a moment's traffic of a chat that keeps up; the presence queue holds everything back for 15 s. */
const WAITING = 1_000;

/** Is anything left over, and are the queues worked off? */
export function checkQueues(deployment: Deployment): Promise<readonly Finding[]> {
  return looked("queues", "sqs:GetQueueAttributes", async () => {
    const urls = Object.entries(await deployment.resources("AWS::SQS::Queue"));
    if (urls.length === 0) return [skipped("queues", "none are known")];
    const sqs = new SQSClient(deployment.clientOptions("sqs"));
    try {
      return await Promise.all(urls.sort().map(async ([id, url]) => finding(id, await depth(sqs, url))));
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

function finding(id: string, records: number): Finding {
  const heading = EMPTY[id];
  const detail = records === 1 ? "1 record" : `${records} records`;
  if (heading !== undefined) {
    return records === 0 ? ok(id, "empty") : wrong(id, detail, `docs/runbook.md: ${heading}.`);
  }
  return records <= WAITING
    ? ok(id, detail)
    : wrong(id, detail, "docs/runbook.md: entries-late, deliveries-late.");
}
