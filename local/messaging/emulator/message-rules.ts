import type { MessageAttributeValue } from "./fauxqs.ts";

/** A rule of SNS and SQS that a message breaks: the service answers with its own error code. */
export interface Violation {
  readonly rule:
    | "empty"
    | "too long"
    | "characters"
    | "attribute name"
    | "attribute type"
    | "attribute value"
    | "group"
    | "deduplication";
  readonly message: string;
}

interface Message {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
}

/**
 * Limit of a message and of a batch, attributes included. SNS: "a maximum of 256 KB". SQS takes 1 MiB since August 2025,
 * but what comes through a topic is never larger, so more is refused here too.
 */
export const MAX_BYTES = 256 * 1024;
export const MAX_BATCH_ENTRIES = 10;

/** SQS, SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF". */
const TEXT = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
/** "up to 128 characters … alphanumeric characters and punctuation". The space is not among them. */
const GROUP_OR_DEDUPLICATION_ID = /^[!-~]{1,128}$/;
/** "A–Z, a–z, 0–9, underscore, hyphen, and period … must not start or end with a period … no successive periods". */
const ATTRIBUTE_NAME = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/i;
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(\.[A-Za-z0-9_.-]+)?$/;
const MAX_ATTRIBUTE_TYPE_LENGTH = 256;
export const BATCH_ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;

/** Counts a message as SNS and SQS do: the body, and for every attribute its name, type and value. */
export function messageBytes({ body, attributes }: Pick<Message, "body" | "attributes">): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      Buffer.byteLength(BinaryValue, "base64"),
    Buffer.byteLength(body),
  );
}

/** Returns the first rule that a message breaks. */
export function violationOf(message: Message, maxBytes: number = MAX_BYTES): Violation | undefined {
  const { body, attributes, group, deduplicationId } = message;
  if (body === "") return { rule: "empty", message: "The message must contain at least one character." };
  if (!TEXT.test(body)) return { rule: "characters", message: "Invalid characters found in the message." };
  for (const [name, value] of Object.entries(attributes)) {
    const violation = attributeViolation(name, value);
    if (violation !== undefined) return violation;
  }
  if (messageBytes(message) > maxBytes)
    return { rule: "too long", message: `Message must be shorter than ${maxBytes} bytes.` };
  if (group !== undefined && !GROUP_OR_DEDUPLICATION_ID.test(group))
    return { rule: "group", message: idRule("MessageGroupId") };
  if (deduplicationId !== undefined && !GROUP_OR_DEDUPLICATION_ID.test(deduplicationId))
    return { rule: "deduplication", message: idRule("MessageDeduplicationId") };
  return undefined;
}

function idRule(name: string): string {
  return `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
}

function attributeViolation(name: string, value: MessageAttributeValue): Violation | undefined {
  const { DataType = "", StringValue, BinaryValue } = value;
  if (!ATTRIBUTE_NAME.test(name))
    return { rule: "attribute name", message: `The message attribute name '${name}' is invalid.` };
  const [, base] = ATTRIBUTE_TYPE.exec(DataType) ?? [];
  if (base === undefined || DataType.length > MAX_ATTRIBUTE_TYPE_LENGTH)
    return {
      rule: "attribute type",
      message: `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    };
  const text = base === "Binary" ? BinaryValue : StringValue;
  if (!text)
    return {
      rule: "attribute value",
      message: `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
    };
  const valid = base === "Binary" || (base === "Number" ? Number.isFinite(Number(text)) : TEXT.test(text));
  return valid
    ? undefined
    : { rule: "attribute value", message: `The value of the message attribute '${name}' is invalid.` };
}
