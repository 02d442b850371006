import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type ConfirmOfflineDeps, confirmOfflineBatch } from "../core/presence/confirm-offline.ts";
import { batchResponse, recordOf } from "./queue-event.ts";

/** The presence queue, which holds every record back for the grace period. */
export function presenceHandler(deps: ConfirmOfflineDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> =>
    batchResponse(await confirmOfflineBatch(deps, event.Records.map(recordOf)));
}
