import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type DeliverDeps, deliverBatch } from "../core/delivery/deliver.ts";
import { pushLateReceipt } from "../core/receipts/push-late-receipt.ts";
import type { RecordQueues } from "../ports/record-queue.ts";
import { batchResponse, recordOf } from "./queue-event.ts";

/** Handles the outbound queue and the queue of notices, one in each invocation. */
export function deliverHandler({
  queues,
  ...deps
}: Omit<DeliverDeps, "queue" | "pushReceipt"> & { queues: RecordQueues }) {
  const pushReceipt: DeliverDeps["pushReceipt"] = (delivery, signal) =>
    pushLateReceipt(deps, delivery, signal);
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const queue = queues.of(event.Records[0]?.eventSourceARN ?? "");
    return batchResponse(await deliverBatch({ ...deps, queue, pushReceipt }, event.Records.map(recordOf)));
  };
}
