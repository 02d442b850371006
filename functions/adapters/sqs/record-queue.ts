import { ChangeMessageVisibilityBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { RecordQueue, RecordQueues } from "../../ports/record-queue.ts";

export class SqsRecordQueue implements RecordQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /** The trigger's batches have at most 10 records, as many as one request takes. */
  async retryAfter(
    receiptHandles: readonly string[],
    delaySeconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const result = await this.#client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: receiptHandles.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: delaySeconds,
        })),
      }),
      { abortSignal: signal },
    );
    const [failed] = result.Failed ?? [];
    if (failed !== undefined) throw new Error(`SQS refused a visibility change: ${failed.Code}`);
  }
}

/** Finds queues by name: a queue's URL and its ARN end in the same one. */
export class SqsRecordQueues implements RecordQueues {
  readonly #byName: ReadonlyMap<string, RecordQueue>;

  constructor(client: SQSClient, queueUrls: readonly string[]) {
    this.#byName = new Map(queueUrls.map((url) => [lastPart(url, "/"), new SqsRecordQueue(client, url)]));
  }

  of(sourceArn: string): RecordQueue {
    return this.#byName.get(lastPart(sourceArn, ":")) ?? UNKNOWN_QUEUE;
  }
}

const UNKNOWN_QUEUE: RecordQueue = {
  retryAfter: () =>
    Promise.reject(new Error("the records come from a queue that is not in this function's environment")),
};

function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
