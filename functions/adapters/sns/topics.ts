import { PublishBatchCommand, PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import pMap from "p-map";
import { OUTBOUND_CONVERSATION_ATTRIBUTE, OUTBOUND_TYPE_ATTRIBUTE } from "../../../wiring/manifest.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { EntriesTopic, Outbound, OutboundTopic } from "../../ports/topics.ts";
import { messageJson } from "../message-json.ts";
import { entriesMessage, stringAttribute } from "./entries-message.ts";
import { MAX_MESSAGE_BYTES, messageBytes } from "./message-size.ts";

export class SnsEntriesTopic implements EntriesTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async publish(frame: PublishedFrame, signal: AbortSignal): Promise<void> {
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        // Deduplicates the SDK's own retries only: a client's resend is a new frame and must get through.
        ...entriesMessage(messageJson(frame), frame.conversation, frame.frame),
      }),
      { abortSignal: signal },
    );
  }
}

/** Builds an outbound topic message; consumers filter by its attributes. */
export function outboundMessage(
  body: string,
  { type, conversation }: { type: string; conversation?: string },
) {
  return {
    Message: body,
    MessageAttributes: {
      [OUTBOUND_TYPE_ATTRIBUTE]: stringAttribute(type),
      ...(conversation !== undefined && {
        [OUTBOUND_CONVERSATION_ATTRIBUTE]: stringAttribute(conversation),
      }),
    },
  };
}

/** SNS limit: a batch has at most 10 messages. */
const BATCH_SIZE = 10;
/** The shards of the largest group are five batches; they are published in parallel. */
const CONCURRENT_BATCHES = 10;

type OutboundMessage = ReturnType<typeof outboundMessage>;

interface SizedMessage {
  readonly type: Outbound["type"];
  readonly published: OutboundMessage;
  readonly bytes: number;
}

/** A message that SNS never takes: publish less in one. */
class MessageTooLarge extends Error {
  override readonly name = "MessageTooLarge";

  constructor({ type, bytes }: SizedMessage) {
    super(`a ${type} message has ${bytes} bytes, and SNS takes ${MAX_MESSAGE_BYTES}`);
  }
}

export class SnsOutboundTopic implements OutboundTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  /**
   * Publishes all messages that SNS takes. Throws after that if one is too large, so that the others do not wait for a
   * message that no retry can publish.
   */
  async publish(messages: readonly Outbound[], signal: AbortSignal): Promise<void> {
    const sized = messages.map((message): SizedMessage => {
      const published = outboundMessage(messageJson(message), message);
      return { type: message.type, published, bytes: messageBytes(published) };
    });
    const batches = batched(sized.filter(({ bytes }) => bytes <= MAX_MESSAGE_BYTES));
    await pMap(batches, (batch) => this.#publishBatch(batch, signal), { concurrency: CONCURRENT_BATCHES });
    const tooLarge = sized.find(({ bytes }) => bytes > MAX_MESSAGE_BYTES);
    if (tooLarge !== undefined) throw new MessageTooLarge(tooLarge);
  }

  async #publishBatch(batch: readonly OutboundMessage[], signal: AbortSignal): Promise<void> {
    const result = await this.#client.send(
      new PublishBatchCommand({
        TopicArn: this.#topicArn,
        PublishBatchRequestEntries: batch.map((message, index) => ({ Id: String(index), ...message })),
      }),
      { abortSignal: signal },
    );
    const [failed] = result.Failed ?? [];
    if (failed !== undefined) throw new Error(`SNS refused a message: ${failed.Code}`);
  }
}

/** Fills batches in order. A batch is limited to the size of one message. */
function batched(messages: readonly SizedMessage[]): OutboundMessage[][] {
  const batches: OutboundMessage[][] = [];
  let room = 0;
  for (const { published, bytes } of messages) {
    if (bytes > room || batches.at(-1)?.length === BATCH_SIZE) {
      batches.push([]);
      room = MAX_MESSAGE_BYTES;
    }
    batches.at(-1)?.push(published);
    room -= bytes;
  }
  return batches;
}
