import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { QueueDepth } from "../../ports/queue-depth.ts";

export class SqsQueueDepth implements QueueDepth {
  readonly #client: SQSClient;
  readonly #queueUrls: readonly string[];

  /** Takes the queues of the lanes, in order. */
  constructor(client: SQSClient, queueUrls: readonly string[]) {
    this.#client = client;
    this.#queueUrls = queueUrls;
  }

  get lanes(): number {
    return this.#queueUrls.length;
  }

  async read(lane: number, signal: AbortSignal): Promise<number> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrls[lane],
        AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
      }),
      { abortSignal: signal },
    );
    const waiting = Number(Attributes?.ApproximateNumberOfMessages);
    const inFlight = Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
    if (!Number.isFinite(waiting + inFlight)) throw new Error("SQS returned no number of messages");
    return waiting + inFlight;
  }
}
