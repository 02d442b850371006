import {
  type BatchResultErrorEntry,
  PublishBatchCommand,
  PublishCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import pMap from "p-map";
import { OUTBOUND_CONVERSATION_ATTRIBUTE, OUTBOUND_TYPE_ATTRIBUTE } from "../../../wiring/manifest.ts";
import { errorName } from "../../core/shared/error-name.ts";
import type { ChatEvent } from "../../ports/events.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { Delivery, EntriesTopic, Outbound, OutboundTopic, RefusedEvent } from "../../ports/topics.ts";
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

interface SizedMessage<M extends Outbound = Outbound> {
  readonly message: M;
  readonly published: OutboundMessage;
  readonly bytes: number;
}

/** A delivery that SNS never takes: publish less in one. */
class MessageTooLarge extends Error {
  override readonly name = "MessageTooLarge";

  constructor({ message: { type }, bytes }: SizedMessage) {
    super(`a ${type} message has ${bytes} bytes, and SNS takes ${MAX_MESSAGE_BYTES}`);
  }
}

/** Errors of a call that SNS would answer in the same way again, because of what is published. */
const REFUSALS: ReadonlySet<string> = new Set([
  "InvalidParameterException",
  "InvalidParameterValueException",
  "ValidationException",
  "BatchRequestTooLongException",
]);

interface Announced {
  readonly refused: readonly RefusedEvent[];
  /** Reason that others were not published, which may pass. */
  readonly failure?: unknown;
}

export class SnsOutboundTopic implements OutboundTopic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  /**
   * Publishes all deliveries that SNS takes. Throws after that if one is too large, so that the others do not wait for a
   * message that no retry can publish.
   */
  async publish(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const sized = deliveries.map(sizedMessage);
    const publishBatch = async (batch: readonly SizedMessage[]) => {
      const [failed] = await this.#publishBatch(batch, signal);
      if (failed !== undefined) throw new Error(`SNS refused a message: ${failed.Code}`);
    };
    await pMap(batched(sized.filter(fits)), publishBatch, { concurrency: CONCURRENT_BATCHES });
    const tooLarge = sized.find((message) => !fits(message));
    if (tooLarge !== undefined) throw new MessageTooLarge(tooLarge);
  }

  async announce(events: readonly ChatEvent[], signal: AbortSignal): Promise<readonly RefusedEvent[]> {
    const sized = events.map(sizedMessage);
    const batches = batched(sized.filter(fits));
    const announced = await pMap(batches, (batch) => this.#announceBatch(batch, signal), {
      concurrency: CONCURRENT_BATCHES,
    });
    const failed = announced.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw failed.failure;
    const tooLarge = sized.filter((message) => !fits(message));
    return [
      ...tooLarge.map(({ message: event, bytes }) => ({ event, reason: `${bytes} bytes` })),
      ...announced.flatMap(({ refused }) => refused),
    ];
  }

  async #announceBatch(batch: readonly SizedMessage<ChatEvent>[], signal: AbortSignal): Promise<Announced> {
    try {
      const failed = await this.#publishBatch(batch, signal);
      const temporary = failed.find(({ SenderFault }) => SenderFault !== true);
      return {
        refused: failed.flatMap(({ Id, SenderFault, Code = "" }) => {
          const event = batch[Number(Id)]?.message;
          return SenderFault === true && event !== undefined ? [{ event, reason: Code }] : [];
        }),
        ...(temporary && { failure: new Error(`SNS failed to publish an event: ${temporary.Code}`) }),
      };
    } catch (error) {
      const reason = errorName(error);
      if (!REFUSALS.has(reason)) return { refused: [], failure: error };
      const [first, ...others] = batch;
      if (first === undefined || others.length === 0) {
        return { refused: batch.map(({ message: event }) => ({ event, reason })) };
      }
      // One event may have spoiled the call for all.
      const alone = await pMap(batch, (one) => this.#announceBatch([one], signal));
      const failed = alone.find(({ failure }) => failure !== undefined);
      return { refused: alone.flatMap(({ refused }) => refused), failure: failed?.failure };
    }
  }

  /** Returns the results of the messages that SNS has not published. */
  async #publishBatch(
    batch: readonly SizedMessage[],
    signal: AbortSignal,
  ): Promise<readonly BatchResultErrorEntry[]> {
    const { Failed = [] } = await this.#client.send(
      new PublishBatchCommand({
        TopicArn: this.#topicArn,
        PublishBatchRequestEntries: batch.map(({ published }, index) => ({
          Id: String(index),
          ...published,
        })),
      }),
      { abortSignal: signal },
    );
    return Failed;
  }
}

function sizedMessage<M extends Outbound>(message: M): SizedMessage<M> {
  const published = outboundMessage(messageJson(message), message);
  return { message, published, bytes: messageBytes(published) };
}

function fits({ bytes }: SizedMessage): boolean {
  return bytes <= MAX_MESSAGE_BYTES;
}

/** Fills batches in order. A batch is limited to the size of one message. */
function batched<M extends Outbound>(messages: readonly SizedMessage<M>[]): SizedMessage<M>[][] {
  const batches: SizedMessage<M>[][] = [];
  let room = 0;
  for (const message of messages) {
    if (message.bytes > room || batches.at(-1)?.length === BATCH_SIZE) {
      batches.push([]);
      room = MAX_MESSAGE_BYTES;
    }
    batches.at(-1)?.push(message);
    room -= message.bytes;
  }
  return batches;
}
