import { join } from "node:path";
import { build } from "vite";

/** Builds the page from `web/`: about a second. */
export async function buildWebPage(): Promise<void> {
  await build({ configFile: join(import.meta.dirname, "..", "web", "vite.config.ts"), logLevel: "error" });
}
