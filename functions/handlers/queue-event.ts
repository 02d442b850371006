import type { SQSBatchResponse, SQSRecord } from "aws-lambda";

/** What all queues' records have in common, without AWS's names. */
export function recordOf({ messageId, receiptHandle, body, attributes }: SQSRecord) {
  return { id: messageId, receiptHandle, body, receiveCount: Number(attributes.ApproximateReceiveCount) };
}

/** A record of a FIFO queue also has its message group. */
export function fifoRecordOf(record: SQSRecord) {
  return { ...recordOf(record), group: record.attributes.MessageGroupId ?? "" };
}

/** Partial batch response: what is named is delivered again, everything else is done. */
export function batchResponse(failed: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
