import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { OUTBOUND_TYPE_ATTRIBUTE, OUTBOUND_USER_ATTRIBUTE } from "../../../wiring/manifest.ts";
import type { PresenceMessage, PresenceTopic } from "../../ports/presence-topic.ts";
import { messageJson } from "../message-json.ts";

export class SnsPresenceTopic implements PresenceTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async publish(message: PresenceMessage, signal: AbortSignal): Promise<void> {
    const { user } = message.type === "deliver.presence" ? message.change : message;
    const text = (StringValue: string) => ({ DataType: "String", StringValue });
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        Message: messageJson(message),
        MessageAttributes: {
          [OUTBOUND_TYPE_ATTRIBUTE]: text(message.type),
          [OUTBOUND_USER_ATTRIBUTE]: text(user),
        },
      }),
      { abortSignal: signal },
    );
  }
}
