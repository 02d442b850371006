import { randomUUID } from "node:crypto";
import { type SNSClient, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";

type Message = { readonly type: string; readonly [field: string]: unknown };

/**
 * An outside consumer: a queue of its own, subscribed to a topic with a filter policy. Both are deleted when the test
 * ends.
 */
export class Subscriber {
  readonly messages: Message[] = [];
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  private constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  static async open(
    { sns, sqs }: { readonly sns: SNSClient; readonly sqs: SQSClient },
    topicArn: string,
    filterPolicy: Record<string, readonly string[]>,
  ): Promise<Subscriber> {
    const QueueName = `e2e-consumer-${randomUUID()}`;
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
    onTestFinished(async () => {
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
    );
    const queueArn = Attributes?.QueueArn ?? "";
    const Policy = JSON.stringify(queuePolicy(topicArn, queueArn));
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: "sqs",
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify(filterPolicy) },
      }),
    );
    onTestFinished(async () => {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    });
    return new Subscriber(sqs, QueueUrl);
  }

  /** Waits for a message that fits; other messages are kept. */
  next(what: string, fits: (message: Message) => boolean, options?: { timeoutMs?: number }) {
    return this.until(what, (messages) => messages.find(fits), options);
  }

  /** Receives messages until `enough` is satisfied. */
  until<T>(what: string, enough: (messages: readonly Message[]) => T, options?: { timeoutMs?: number }) {
    const receive = async () => {
      await this.#receive();
      return enough(this.messages);
    };
    return eventually(what, receive, { timeoutMs: 15_000, ...options });
  }

  async #receive(): Promise<void> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10 }),
    );
    for (const { Body = "", ReceiptHandle } of Messages) {
      this.messages.push(JSON.parse(Body) as Message);
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
    }
  }
}

/** Returns the policy that lets SNS write into a queue. */
function queuePolicy(topicArn: string, queueArn: string) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
        Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
      },
    ],
  };
}
