import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type BatchDeps, commitBatch } from "../core/commit/batch.ts";
import type { RecordQueues } from "../ports/record-queue.ts";
import { batchResponse, fifoRecordOf } from "./queue-event.ts";

/** Handles the entries queue: all its lanes, one in each invocation. */
export function commitHandler({ queues, ...deps }: Omit<BatchDeps, "queue"> & { queues: RecordQueues }) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const queue = queues.of(event.Records[0]?.eventSourceARN ?? "");
    return batchResponse(await commitBatch({ ...deps, queue }, event.Records.map(fifoRecordOf)));
  };
}
