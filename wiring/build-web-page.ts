import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { WEB_PAGE } from "./build-directories.ts";

/** Builds the page from `web/` into the folder: about a second. Whole or not at all: another process may be reading it. */
export async function buildWebPage(folder = WEB_PAGE): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  const configFile = join(import.meta.dirname, "..", "web", "vite.config.ts");
  await build({ configFile, logLevel: "error", build: { outDir: draft } });
  const old = `${draft}.old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(draft, folder);
  rmSync(old, { recursive: true, force: true });
}
