import { utf8Bytes } from "../../../protocol/index.ts";
import type { stringAttribute } from "./entries-message.ts";

/** SNS limit of one message, and of all messages of a batch together, attributes included. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** Returns the size of a message as SNS counts it: the body, and name, type and value of every attribute. */
export function messageBytes(message: {
  readonly Message: string;
  readonly MessageAttributes: Readonly<Record<string, ReturnType<typeof stringAttribute>>>;
}): number {
  return Object.entries(message.MessageAttributes).reduce(
    (sum, [name, { DataType, StringValue }]) => sum + utf8Bytes(name + DataType + StringValue),
    utf8Bytes(message.Message),
  );
}
