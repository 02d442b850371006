import { join } from "node:path";
import type { FunctionName } from "./manifest.ts";

/** Folder of the built page, without its `config.json`. `npm start` serves it and CDK deploys it. */
export const WEB_PAGE = join(import.meta.dirname, "..", ".build", "web");

/** Folder of the functions' bundles. The same files are deployed and run locally. */
export const BUNDLES = join(import.meta.dirname, "..", ".build", "functions");

/** Returns the folder with a function's `index.mjs`. */
export function bundleDirectory(name: FunctionName): string {
  return join(BUNDLES, name);
}
