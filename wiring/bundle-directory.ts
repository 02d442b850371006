import { join } from "node:path";
import type { FunctionName } from "./manifest.ts";

/** Where the bundles are: exactly what is deployed and what runs locally. */
export const BUNDLES = join(import.meta.dirname, "..", ".build", "functions");

/** The folder with a function's `index.mjs`. */
export function bundleDirectory(name: FunctionName): string {
  return join(BUNDLES, name);
}
