import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Cloud } from "../../local/cloud-contract.ts";
import { clientConfig } from "../../local/sdk.ts";
import { eventually } from "./eventually.ts";

const REGION = "eu-central-1";
let queues = 0;

/** A consumer as anybody could be one: a queue of its own, subscribed to the outbound topic with a filter policy. */
export class Subscriber {
  readonly messages: { type: string; [field: string]: unknown }[] = [];
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  private constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  static async open(cloud: Cloud, filterPolicy: Record<string, readonly string[]>): Promise<Subscriber> {
    const { endpoints, resources } = cloud;
    const sns = new SNSClient(clientConfig(endpoints.sns, REGION));
    const sqs = new SQSClient(clientConfig(endpoints.sqs, REGION));
    queues += 1;
    const QueueName = `consumer-${queues}`;
    await sqs.send(new CreateQueueCommand({ QueueName }));
    // The emulator's own queue URLs use a name that does not resolve everywhere.
    const queueUrl = `${endpoints.sqs}/000000000000/${QueueName}`;
    const AttributeNames = ["QueueArn" as const];
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }),
    );
    await sns.send(
      new SubscribeCommand({
        TopicArn: resources.channels.outbound.topicArn,
        Protocol: "sqs",
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify(filterPolicy) },
      }),
    );
    return new Subscriber(sqs, queueUrl);
  }

  /** Waits for a message that fits; those it meets meanwhile are kept. */
  next(what: string, fits: (message: { type: string; [field: string]: unknown }) => boolean) {
    return eventually(
      what,
      async () => {
        await this.#receive();
        return this.messages.find(fits);
      },
      { timeoutMs: 15_000 },
    );
  }

  async #receive(): Promise<void> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10 }),
    );
    for (const { Body = "", ReceiptHandle } of Messages) {
      this.messages.push(JSON.parse(Body) as { type: string });
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
    }
  }
}
