import { join, resolve } from "node:path";
import type { Plugin } from "vitest/config";
import { CLIENT_PACKAGE } from "./client-package.ts";

const SOURCE = join(import.meta.dirname, "../../client/src");
const ENTRIES = ["index", "core", "indexeddb", "node", "ui"];

/**
 * Whoever imports an entry point of the library's source gets the script that is published.
 *
 * @param index the one that is given for `index`
 */
export function publishedClient(index: "index" | "core"): Plugin {
  return {
    name: `published-client-${index}`,
    enforce: "pre",
    resolveId(source, importer = "") {
      const path = resolve(importer, "..", source);
      const entry = ENTRIES.find((name) => path === join(SOURCE, `${name}.ts`));
      return entry && join(CLIENT_PACKAGE, `${entry === "index" ? index : entry}.js`);
    },
  };
}
