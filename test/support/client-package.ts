import { join } from "node:path";
import { writePackage } from "../../client/bundle.ts";

export const CLIENT_PACKAGE = join(import.meta.dirname, "../../.build/client");

/** Builds the published library once per run. */
export default async function setup(): Promise<void> {
  await writePackage(CLIENT_PACKAGE);
}
