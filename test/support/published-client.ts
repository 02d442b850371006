import { join, resolve } from "node:path";
import type { Plugin } from "vitest/config";
import { CLIENT_PACKAGE } from "./client-package.ts";

const SOURCE = join(import.meta.dirname, "../../client/src");

/** Whoever imports an entry point of the library's source gets the script that is published. */
export const publishedClient: Plugin = {
  name: "published-client",
  enforce: "pre",
  resolveId(source, importer = "") {
    const path = resolve(importer, "..", source);
    const entry = ["index", "indexeddb", "node"].find((name) => path === join(SOURCE, `${name}.ts`));
    return entry && join(CLIENT_PACKAGE, `${entry}.js`);
  },
};
