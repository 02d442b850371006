import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type InlineConfig, type Plugin } from "vite";
import { LICENSES_FILE, WEB_PAGE } from "./build-directories.ts";
import type { BuildEvents, BuildWatcher } from "./build-watcher.ts";
import { licensesOf } from "./licenses.ts";

const CONFIG_FILE = join(import.meta.dirname, "..", "web", "vite.config.ts");

/** Puts the licences of the packages that the page is made of beside it: of scripts, styles and fonts. */
const licenses: Plugin = {
  name: "licenses",
  generateBundle() {
    const source = licensesOf(Array.from(this.getModuleIds(), (id) => id.replace(/[?#].*$/s, "")));
    this.emitFile({ type: "asset", fileName: LICENSES_FILE, source });
  },
};
const OPTIONS: InlineConfig = { configFile: CONFIG_FILE, logLevel: "error", plugins: [licenses] };

/** Builds the page from `web/` into the folder, in about a second. */
export async function buildWebPage(folder = WEB_PAGE): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  await build({ ...OPTIONS, build: { outDir: draft } });
  replace(folder, draft);
}

/**
 * Builds the page now and whenever a source of it changes. Resolves after the first build, and rejects if it fails. After
 * a later build that fails, the last good page stays. Vite prints the errors.
 */
export async function watchWebPage(events: BuildEvents): Promise<BuildWatcher> {
  // Vite empties and fills this folder while it builds, so it is not the folder that others read.
  const output = mkdtempSync(join(tmpdir(), "parley-web-"));
  const watcher = await build({ ...OPTIONS, build: { outDir: output, watch: {} } });
  if (!("on" in watcher)) throw new Error("Vite returned no watcher.");
  const close = async () => {
    await watcher.close();
    rmSync(output, { recursive: true, force: true });
  };
  const first = Promise.withResolvers<void>();
  let isFirst = true;
  watcher.on("event", ({ code }) => {
    if (code === "ERROR") {
      if (isFirst) first.reject(new Error("The web page cannot be built."));
      else events.failed();
    } else if (code === "BUNDLE_END") {
      const changed = replaceChanged(output, WEB_PAGE);
      if (!isFirst && changed.length > 0) events.rebuilt(changed);
    } else if (code === "END") {
      isFirst = false;
      first.resolve();
    }
  });
  try {
    await first.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Copies the output to the folder, if they differ. Returns the names of the files that differ. */
function replaceChanged(output: string, folder: string): string[] {
  const changed = changedFiles(output, folder);
  if (changed.length > 0) {
    const draft = `${folder}.${process.pid}`;
    cpSync(output, draft, { recursive: true });
    replace(folder, draft);
  }
  return changed;
}

/** Replaces the folder as a whole, because another process may be reading it. */
function replace(folder: string, draft: string): void {
  const old = `${draft}.old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(draft, folder);
  rmSync(old, { recursive: true, force: true });
}

/** Returns the files that differ between two folders, or exist in one of them only. */
function changedFiles(folder: string, other: string): string[] {
  const names = new Set([folder, other].flatMap((cwd) => globSync("**/*.*", { cwd })));
  return [...names].filter((name) => {
    const [one, two] = [join(folder, name), join(other, name)];
    return !existsSync(one) || !existsSync(two) || !readFileSync(one).equals(readFileSync(two));
  });
}
