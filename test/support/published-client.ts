import { join, resolve } from "node:path";
import type { Plugin } from "vitest/config";
import { CLIENT_PACKAGE } from "./client-package.ts";

const SOURCE = join(import.meta.dirname, "../../client/src");
const ENTRIES = ["index", "core", "indexeddb", "node", "ui"];

/**
 * Makes imports of the library's source resolve to the published script.
 *
 * @param index the script that replaces `index`
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
