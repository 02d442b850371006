import { join } from "node:path";
import type { FunctionName } from "./manifest.ts";

/** Folder of the built page, which `npm start` serves and CDK deploys; its `config.json` is not part of it. */
export const WEB_PAGE = join(import.meta.dirname, "..", ".build", "web");

/** Folder of the bundles, the same ones that are deployed and run locally. */
export const BUNDLES = join(import.meta.dirname, "..", ".build", "functions");

/** Folder of the bundles of modules that are not deployed: a bench's. */
export const OTHER_BUNDLES = join(import.meta.dirname, "..", ".build", "other");

/** Name of the file with the licences of everything that was bundled: beside the page, and in the package. */
export const LICENSES_FILE = "licenses.txt";

/** Returns the folder of a function's `index.mjs`. */
export function bundleDirectory(name: FunctionName): string {
  return join(BUNDLES, name);
}
