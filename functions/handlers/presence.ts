import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type ConfirmOfflineDeps, confirmOfflineBatch } from "../core/presence/confirm-offline.ts";
import { batchResponse, recordOf } from "./queue-event.ts";

/** Handles the presence queue, which delays every record by the grace period. */
export function presenceHandler(deps: ConfirmOfflineDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> =>
    batchResponse(await confirmOfflineBatch(deps, event.Records.map(recordOf)));
}
