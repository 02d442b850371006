import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type DeliverDeps, deliverBatch } from "../core/delivery/deliver.ts";
import { batchResponse, recordOf } from "./queue-event.ts";

/** Handles the outbound queue. */
export function deliverHandler(deps: DeliverDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> =>
    batchResponse(await deliverBatch(deps, event.Records.map(recordOf)));
}
