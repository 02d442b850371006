import { inject } from "vitest";
import { DEFAULT_INGEST, type IngestMode } from "../../../wiring/manifest.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Provided by the project `e2e-queued` of vitest.config.ts. */
    readonly ingest?: IngestMode;
  }
}

/**
 * Ingest mode of the clouds of this run. The files of the project `e2e-queued` run a second time there, in the mode that
 * is not the default.
 */
export const INGEST: IngestMode = inject("ingest") ?? DEFAULT_INGEST;
