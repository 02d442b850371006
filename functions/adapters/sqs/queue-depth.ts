import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { QueueDepth } from "../../ports/queue-depth.ts";

export class SqsQueueDepth implements QueueDepth {
  readonly #client: SQSClient;
  readonly #queueUrls: readonly string[];

  /** The queues of the lanes, in order. */
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
    if (!Number.isFinite(waiting + inFlight)) throw new Error("SQS did not say how many messages there are");
    return waiting + inFlight;
  }
}
