import { join } from "node:path";
import type { FunctionName } from "./manifest.ts";

/** Where the built page is: what `npm start` serves and what is deployed; without its `config.json`. */
export const WEB_PAGE = join(import.meta.dirname, "..", ".build", "web");

/** Where the bundles are: exactly what is deployed and what runs locally. */
export const BUNDLES = join(import.meta.dirname, "..", ".build", "functions");

/** The folder with a function's `index.mjs`. */
export function bundleDirectory(name: FunctionName): string {
  return join(BUNDLES, name);
}
