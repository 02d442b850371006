import { PublishBatchCommand, PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import pMap from "p-map";
import { utf8Bytes } from "../../../protocol/index.ts";
import { OUTBOUND_CONVERSATION_ATTRIBUTE, OUTBOUND_TYPE_ATTRIBUTE } from "../../../wiring/manifest.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { EntriesTopic, Outbound, OutboundTopic } from "../../ports/topics.ts";
import { messageJson } from "../message-json.ts";
import { entriesMessage, stringAttribute } from "./entries-message.ts";

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

/** SNS limit: a batch has at most 10 messages and 256 KiB, attributes included. */
const BATCH_SIZE = 10;
const BATCH_BYTES = 240 * 1024;
/** The shards of the largest group are five batches; they are published in parallel. */
const CONCURRENT_BATCHES = 10;

type OutboundMessage = ReturnType<typeof outboundMessage>;

export class SnsOutboundTopic implements OutboundTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async publish(messages: readonly Outbound[], signal: AbortSignal): Promise<void> {
    const batches = batched(messages.map((message) => outboundMessage(messageJson(message), message)));
    await pMap(batches, (batch) => this.#publishBatch(batch, signal), { concurrency: CONCURRENT_BATCHES });
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

function batched(messages: readonly OutboundMessage[]): OutboundMessage[][] {
  const batches: OutboundMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = utf8Bytes(JSON.stringify(message));
    if (bytes > room || batches.at(-1)?.length === BATCH_SIZE) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(message);
    room -= bytes;
  }
  return batches;
}
