import { join } from "node:path";
import { writePackage } from "../../client/bundle.ts";

export const CLIENT_PACKAGE = join(import.meta.dirname, "../../.build/client");

/** Once per run: suites that use the library as it is published. */
export default async function setup(): Promise<void> {
  await writePackage(CLIENT_PACKAGE);
}
