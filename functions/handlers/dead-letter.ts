import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { type DeadLetterDeps, resolveDeadLetters } from "../core/commit/dead-letters.ts";
import { batchResponse, fifoRecordOf } from "./queue-event.ts";

/** Handles the dead-letter queue of the entries. */
export function deadLetterHandler(deps: DeadLetterDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> =>
    batchResponse(await resolveDeadLetters(deps, event.Records.map(fifoRecordOf)));
}
