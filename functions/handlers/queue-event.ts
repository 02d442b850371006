import type { SQSBatchResponse, SQSRecord } from "aws-lambda";

/** Reads the fields that all queues' records share, without AWS's names. */
export function recordOf({ messageId, receiptHandle, body, attributes }: SQSRecord) {
  return { id: messageId, receiptHandle, body, receiveCount: Number(attributes.ApproximateReceiveCount) };
}

/** Reads a record of a FIFO queue, which also has its message group. */
export function fifoRecordOf(record: SQSRecord) {
  return { ...recordOf(record), group: record.attributes.MessageGroupId ?? "" };
}

/** Builds a partial batch response: the named records are delivered again, all others are done. */
export function batchResponse(failed: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
