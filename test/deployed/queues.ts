import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { eventually } from "../support/eventually.ts";

const sqs = new SQSClient({});

/** Returns the URLs of queues with this name prefix. CloudFormation uses the stack's name and a hyphen. */
export async function queuesNamed(prefix: string): Promise<readonly string[]> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
  return QueueUrls;
}

/** Returns the number of messages that are waiting, delayed or in flight. On AWS it is approximate and seconds late. */
export async function depth(queueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

export async function drained(queueUrls: readonly string[]): Promise<void> {
  await eventually(
    "the queues to be empty",
    async () => {
      const depths = await Promise.all(queueUrls.map(async (url) => [url, await depth(url)] as const));
      const waiting = depths.filter(([, count]) => count > 0);
      if (waiting.length > 0) throw new Error(JSON.stringify(waiting));
      return true;
    },
    { timeoutMs: 60_000 },
  );
}
