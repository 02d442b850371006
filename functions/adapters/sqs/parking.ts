import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Parking } from "../../ports/parking.ts";

export class SqsParking implements Parking {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /**
   * Deduplicates by the record's SQS message id, which never repeats. A frame id can: the frame may be put back and
   * fail again.
   */
  async park(
    { id, group, body }: { id: string; group: string; body: string },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: id,
      }),
      { abortSignal: signal },
    );
  }
}
