import { type MessageAttributeValue, SqsError, type SqsMessage, SqsStore } from "./fauxqs.ts";
import { BATCH_ENTRY_ID, MAX_BATCH_ENTRIES, MAX_BYTES, messageBytes, violationOf } from "./message-rules.ts";
import type { Queue, QueueStore } from "./queue.ts";

type Input = Readonly<Record<string, unknown>>;

/** Fields of SendMessage and of an entry of SendMessageBatch. */
interface SendInput {
  readonly MessageBody?: string;
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

interface Batch<Entry> {
  readonly Entries?: readonly (Entry & { readonly Id: string })[];
}

const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_DELAY_SECONDS = 900;
const MAX_WAIT_SECONDS = 20;
const MAX_ATTRIBUTES = 10;
/** The form of a handle, as `Queue` makes it. */
const RECEIPT_HANDLE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Action = (input: Input, queue: Queue) => object;

/** Actions that fauxqs (2.4.1) performs more leniently than SQS. */
const ACTIONS: Readonly<Record<string, Action>> = {
  SendMessage: (input, queue) => send(input, queue),
  SendMessageBatch: (input, queue) => {
    const entries = entriesOf(input as Batch<SendInput>);
    const bytes = entries.reduce(
      (sum, { MessageBody: body = "", MessageAttributes: attributes = {} }) =>
        sum + messageBytes({ body, attributes }),
      0,
    );
    if (bytes > MAX_BYTES)
      throw new SqsError(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than ${MAX_BYTES} bytes. You have sent ${bytes} bytes.`,
      );
    return perEntry(entries, (entry) => send(entry, queue));
  },
  DeleteMessage: (input, queue) => remove(input, queue),
  DeleteMessageBatch: (input, queue) =>
    perEntry(entriesOf(input as Batch<Input>), (entry) => remove(entry, queue)),
  ChangeMessageVisibility: (input, queue) => changeVisibility(input, queue),
  ChangeMessageVisibilityBatch: (input, queue) => {
    const entries = entriesOf(input as Batch<Input>);
    for (const { VisibilityTimeout } of entries) requireInteger("VisibilityTimeout", VisibilityTimeout);
    return perEntry(entries, (entry) => changeVisibility(entry, queue));
  },
};

/** Answers an action, or returns undefined for one that fauxqs performs well. Throws an {@link SqsError}. */
export function answerSqs(action: string, input: Input, store: QueueStore): object | undefined {
  const queue = store.getQueue(String(input.QueueUrl ?? ""));
  // fauxqs answers that the queue does not exist.
  if (queue === undefined) return undefined;
  if (action === "ReceiveMessage") checkReceive(input);
  return ACTIONS[action]?.(input, queue);
}

/** Checks what fauxqs does not; it checks the ranges. */
function checkReceive(input: Input): void {
  const { VisibilityTimeout, WaitTimeSeconds, MaxNumberOfMessages } = input;
  if (VisibilityTimeout !== undefined)
    secondsOf("VisibilityTimeout", VisibilityTimeout, MAX_VISIBILITY_SECONDS);
  if (WaitTimeSeconds !== undefined) secondsOf("WaitTimeSeconds", WaitTimeSeconds, MAX_WAIT_SECONDS);
  if (MaxNumberOfMessages !== undefined) requireInteger("MaxNumberOfMessages", MaxNumberOfMessages);
}

function send(input: SendInput, queue: Queue): object {
  const message = newMessage(input, queue);
  const { md5OfBody, md5OfMessageAttributes: md5OfAttributes, messageDeduplicationId: id } = message;
  const digests = {
    MD5OfMessageBody: md5OfBody,
    ...(md5OfAttributes && { MD5OfMessageAttributes: md5OfAttributes }),
  };
  if (id === undefined) {
    queue.enqueue(message);
    return { MessageId: message.messageId, ...digests };
  }
  const { isDuplicate, originalMessageId, originalSequenceNumber } = queue.checkDeduplication(id);
  if (isDuplicate)
    return { MessageId: originalMessageId, SequenceNumber: originalSequenceNumber, ...digests };
  message.sequenceNumber = queue.nextSequenceNumber();
  queue.recordDeduplication(id, message.messageId, message.sequenceNumber);
  queue.enqueue(message);
  return { MessageId: message.messageId, SequenceNumber: message.sequenceNumber, ...digests };
}

function newMessage(input: SendInput, queue: Queue): SqsMessage {
  const { MessageBody: body = "", MessageAttributes: attributes = {}, MessageGroupId: group } = input;
  const deduplicationId = input.MessageDeduplicationId;
  const names = Object.keys(attributes);
  if (names.length > MAX_ATTRIBUTES)
    throw invalid(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  const maxBytes = Math.min(MAX_BYTES, Number(queue.attributes.MaximumMessageSize));
  const violation = violationOf({ body, attributes, group, deduplicationId }, maxBytes);
  if (violation?.rule === "empty")
    throw new SqsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (violation?.rule === "characters") throw new SqsError("InvalidMessageContents", violation.message);
  if (violation !== undefined)
    throw invalid(`One or more parameters are invalid. Reason: ${violation.message}`);
  const ids = queue.isFifo() ? fifoIds(input, body, queue) : [];
  const message = SqsStore.createMessage(body, attributes, undefined, ...ids);
  // Set for a delay of 0 too: it overrides the delay of the queue.
  if (input.DelaySeconds !== undefined)
    message.delayUntil = message.sentTimestamp + 1000 * delaySeconds(input.DelaySeconds, queue);
  return message;
}

function delaySeconds(value: unknown, queue: Queue): number {
  const seconds = secondsOf("DelaySeconds", value, MAX_DELAY_SECONDS);
  if (queue.isFifo() && seconds > 0)
    throw invalid(
      `Value ${seconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  return seconds;
}

function fifoIds(
  { MessageGroupId, MessageDeduplicationId }: SendInput,
  body: string,
  queue: Queue,
): [string, string] {
  if (MessageGroupId === undefined)
    throw new SqsError("MissingParameter", "The request must contain the parameter MessageGroupId.");
  if (MessageDeduplicationId !== undefined) return [MessageGroupId, MessageDeduplicationId];
  if (queue.attributes.ContentBasedDeduplication !== "true")
    throw invalid(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  return [MessageGroupId, SqsStore.contentBasedDeduplicationId(body)];
}

function remove(input: Input, queue: Queue): object {
  const handle = receiptHandle(input);
  if (!queue.deleteMessage(handle)) throw expired(handle);
  return {};
}

function changeVisibility(input: Input, queue: Queue): object {
  const handle = receiptHandle(input);
  const seconds = secondsOf("VisibilityTimeout", input.VisibilityTimeout, MAX_VISIBILITY_SECONDS);
  if (!queue.isInFlight(handle)) {
    if (queue.isFifo()) throw expired(handle);
    throw new SqsError("MessageNotInflight", "The specified message isn't in flight.");
  }
  queue.changeVisibility(handle, seconds);
  return {};
}

function receiptHandle({ ReceiptHandle }: Input): string {
  if (ReceiptHandle === undefined)
    throw new SqsError("MissingParameter", "The request must contain the parameter ReceiptHandle.");
  const handle = String(ReceiptHandle);
  if (!RECEIPT_HANDLE.test(handle))
    throw new SqsError(
      "ReceiptHandleIsInvalid",
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  return handle;
}

function expired(handle: string): SqsError {
  return invalid(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
}

function secondsOf(name: string, value: unknown, most: number): number {
  const seconds = requireInteger(name, value);
  if (seconds < 0 || seconds > most)
    throw invalid(
      `Value ${seconds} for parameter ${name} is invalid. Reason: Must be between 0 and ${most}.`,
    );
  return seconds;
}

/** Refuses fractions, as the JSON protocol of SQS does before it looks at a range. */
function requireInteger(name: string, value: unknown): number {
  if (value === undefined)
    throw new SqsError("MissingParameter", `The request must contain the parameter ${name}.`);
  if (typeof value !== "number" || !Number.isInteger(value))
    throw new SqsError("SerializationException", `${name}: ${value} can not be converted to an Integer`);
  return value;
}

function invalid(message: string): SqsError {
  return new SqsError("InvalidParameterValue", message);
}

function entriesOf<Entry>({ Entries = [] }: Batch<Entry>): readonly (Entry & { readonly Id: string })[] {
  if (Entries.length === 0)
    throw new SqsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (Entries.length > MAX_BATCH_ENTRIES)
    throw new SqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_BATCH_ENTRIES}. You have sent ${Entries.length}.`,
    );
  for (const { Id } of Entries)
    if (!BATCH_ENTRY_ID.test(Id))
      throw new SqsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
  if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length)
    throw new SqsError(
      "BatchEntryIdsNotDistinct",
      "Two or more batch entries in the request have the same Id.",
    );
  return Entries;
}

/** Performs the entries one by one. An entry that is refused does not affect the others. */
function perEntry<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  perform: (entry: Entry) => object,
): { Successful: object[]; Failed: object[] } {
  const result = { Successful: [] as object[], Failed: [] as object[] };
  for (const entry of entries) {
    try {
      result.Successful.push({ Id: entry.Id, ...perform(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      result.Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return result;
}
