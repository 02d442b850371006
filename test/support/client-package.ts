import { join } from "node:path";
import { writePackage } from "../../client/bundle.ts";
import { oncePerRun } from "./once-per-run.ts";

export const CLIENT_PACKAGE = join(import.meta.dirname, "../../.build/client");

/** Builds the library as it is published, once per run. */
export default function setup(): Promise<void> {
  return oncePerRun("client-package", async () => {
    await writePackage(CLIENT_PACKAGE);
  });
}
