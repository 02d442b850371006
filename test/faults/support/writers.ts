import type { Cloud } from "../../../local/cloud-options.ts";
import type { ClientFrame } from "../../../protocol/index.ts";
import type { FunctionName, IngestMode } from "../../../wiring/manifest.ts";
import { INGEST } from "../../e2e/support/ingest.ts";
import type { Wire } from "../../support/wire.ts";

/** Functions that append frames to conversations. */
const WRITERS: Readonly<Record<IngestMode, readonly FunctionName[]>> = {
  direct: ["send", "commit"],
  queued: ["commit"],
};

/** Kills the workers that are appending. */
export function killWriters({ functions }: Cloud): void {
  for (const name of WRITERS[INGEST]) functions.crash(name);
}

/**
 * Sends a frame again whose worker was killed, as its client does. With queued ingest the queue finishes the frame, so that
 * the test must do without.
 */
export function resendAfterKill(wire: Wire, frame: ClientFrame): void {
  if (INGEST === "direct") wire.send(frame);
}
