import { randomUUID } from "node:crypto";
import {
  escapeXml,
  fanOutToSubscriptions,
  type MessageAttributeValue,
  SnsError,
  type SnsStore,
  SqsStore,
  snsSuccessResponse,
} from "./fauxqs.ts";
import {
  BATCH_ENTRY_ID,
  MAX_BATCH_ENTRIES,
  MAX_BYTES,
  messageBytes,
  type Violation,
  violationOf,
} from "./message-rules.ts";
import type { QueueStore } from "./queue.ts";

/** Fields of a request of the query protocol: `MessageAttributes.entry.1.Name` and so on. */
export type Form = Readonly<Record<string, string>>;

interface Stores {
  readonly sns: SnsStore;
  readonly sqs: QueueStore;
}

type Topic = NonNullable<ReturnType<SnsStore["getTopic"]>>;

interface Publication {
  readonly body: string;
  readonly subject: string | undefined;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
}

const BATCH_PREFIX = "PublishBatchRequestEntries.member.";

/**
 * Answers the actions that fauxqs (2.4.1) performs more leniently than SNS: `Publish` and `PublishBatch`. Returns
 * undefined for all others. Throws an {@link SnsError}.
 */
export function answerSns(form: Form, stores: Stores): string | undefined {
  const { Action, TopicArn = "" } = form;
  if (Action !== "Publish" && Action !== "PublishBatch") return undefined;
  const topic = stores.sns.getTopic(TopicArn);
  if (topic === undefined) throw new SnsError("NotFound", "Topic does not exist", 404);
  return Action === "Publish" ? publish(form, topic, stores) : publishBatch(form, topic, stores);
}

function publish(form: Form, topic: Topic, stores: Stores): string {
  const id = fanOut(publicationOf(form, ""), topic, stores);
  return snsSuccessResponse("Publish", `<MessageId>${id}</MessageId>`);
}

function publishBatch(form: Form, topic: Topic, stores: Stores): string {
  const entries = numbersAfter(form, BATCH_PREFIX).map((number) => {
    const prefix = `${BATCH_PREFIX}${number}.`;
    return { id: form[`${prefix}Id`] ?? "", publication: publicationOf(form, prefix) };
  });
  checkBatch(entries);
  const successful: string[] = [];
  const failed: string[] = [];
  for (const { id, publication } of entries) {
    try {
      const messageId = fanOut(publication, topic, stores);
      successful.push(`<member><Id>${id}</Id><MessageId>${messageId}</MessageId></member>`);
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      failed.push(
        `<member><Id>${id}</Id><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><SenderFault>true</SenderFault></member>`,
      );
    }
  }
  return snsSuccessResponse(
    "PublishBatch",
    `<Successful>${successful.join("")}</Successful><Failed>${failed.join("")}</Failed>`,
  );
}

function checkBatch(entries: readonly { id: string; publication: Publication }[]): void {
  if (entries.length === 0)
    throw new SnsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
  if (entries.length > MAX_BATCH_ENTRIES)
    throw new SnsError(
      "TooManyEntriesInBatchRequest",
      "The batch request contains more entries than permissible.",
    );
  if (!entries.every(({ id }) => BATCH_ENTRY_ID.test(id)))
    throw new SnsError(
      "InvalidBatchEntryId",
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    );
  if (new Set(entries.map(({ id }) => id)).size < entries.length)
    throw new SnsError(
      "BatchEntryIdsNotDistinct",
      "Two or more batch entries in the request have the same Id.",
    );
  const bytes = entries.reduce((sum, { publication }) => sum + messageBytes(publication), 0);
  if (bytes > MAX_BYTES)
    throw new SnsError(
      "BatchRequestTooLong",
      `The length of all the batch messages put together is more than the limit of ${MAX_BYTES} bytes.`,
    );
}

/** Gives a message to all subscriptions whose filter policy it matches. Returns its id. */
function fanOut(publication: Publication, topic: Topic, { sns, sqs }: Stores): string {
  const violation = violationOf(publication);
  if (violation !== undefined) throw snsError(violation);
  const messageId = randomUUID();
  fanOutToSubscriptions({
    topicArn: topic.arn,
    topic,
    messageId,
    message: publication.body,
    messageAttributes: publication.attributes,
    subject: publication.subject,
    ...fifoIds(publication, topic),
    snsStore: sns,
    sqsStore: sqs,
  });
  return messageId;
}

function fifoIds({ group, deduplicationId, body }: Publication, { attributes }: Topic) {
  if (attributes.FifoTopic !== "true") {
    if (deduplicationId !== undefined)
      throw invalid(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
      );
    return { messageGroupId: undefined, messageDeduplicationId: undefined };
  }
  if (group === undefined) throw invalid("The MessageGroupId parameter is required for FIFO topics");
  if (deduplicationId === undefined && attributes.ContentBasedDeduplication !== "true")
    throw invalid(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  return {
    messageGroupId: group,
    messageDeduplicationId: deduplicationId ?? SqsStore.contentBasedDeduplicationId(body),
  };
}

function snsError({ rule, message }: Violation): SnsError {
  if (rule.startsWith("attribute")) return new SnsError("ParameterValueInvalid", message);
  if (rule === "too long") return invalid("Message too long");
  return invalid(message);
}

function invalid(message: string): SnsError {
  return new SnsError("InvalidParameter", `Invalid parameter: ${message}`);
}

function publicationOf(form: Form, prefix: string): Publication {
  const attributes = numbersAfter(form, `${prefix}MessageAttributes.entry.`).map((number) => {
    const field = (name: string) => form[`${prefix}MessageAttributes.entry.${number}.${name}`];
    const [text, binary] = [field("Value.StringValue"), field("Value.BinaryValue")];
    const value: MessageAttributeValue = {
      DataType: field("Value.DataType") ?? "",
      ...(text !== undefined && { StringValue: text }),
      ...(binary !== undefined && { BinaryValue: binary }),
    };
    return [field("Name") ?? "", value] as const;
  });
  return {
    body: form[`${prefix}Message`] ?? "",
    subject: form[`${prefix}Subject`],
    attributes: Object.fromEntries(attributes),
    group: form[`${prefix}MessageGroupId`],
    deduplicationId: form[`${prefix}MessageDeduplicationId`],
  };
}

/** Returns the numbers that follow the prefix in names of fields, ascending. */
function numbersAfter(form: Form, prefix: string): number[] {
  const numbers = Object.keys(form)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10));
  return [...new Set(numbers)].sort((a, b) => a - b);
}
