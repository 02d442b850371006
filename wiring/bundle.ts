import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, type BuildResult, buildSync, context, type OutputFile } from "esbuild";
import { BUNDLES, bundleDirectory, OTHER_BUNDLES } from "./build-directories.ts";
import type { BuildEvents, BuildWatcher } from "./build-watcher.ts";
import { licensesOf } from "./licenses.ts";
import { FUNCTION_NAMES, type FunctionName } from "./manifest.ts";

const ROOT = join(import.meta.dirname, "..");

/**
 * One ESM bundle a function, minified, with nothing shared between them. The AWS SDK is included: a pinned SDK is the one
 * that is tested, and starts faster than the runtime's.
 */
const BUNDLED = {
  absWorkingDir: ROOT,
  outExtension: { ".js": ".mjs" },
  write: false,
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  minify: true,
  // Keeps function names in stack traces; costs about 2 %.
  keepNames: true,
  legalComments: "none",
  logLevel: "error",
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import{createRequire as parleyRequire}from'node:module';const require=parleyRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

const OPTIONS = {
  ...BUNDLED,
  entryPoints: Object.fromEntries(
    FUNCTION_NAMES.map((name) => [join(name, "index"), join("functions", "entrypoints", `${name}.ts`)]),
  ),
  outdir: BUNDLES,
} as const satisfies BuildOptions;

/** Bundles every function. Returns the size of each bundle in bytes. */
export function bundleFunctions(): Record<FunctionName, number> {
  const { outputFiles } = buildSync(OPTIONS);
  replaceChanged(outputFiles);
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path, contents.length]));
  return Object.fromEntries(
    FUNCTION_NAMES.map((name) => [name, sizes.get(join(bundleDirectory(name), "index.mjs")) ?? 0]),
  ) as Record<FunctionName, number>;
}

/** Returns the licences of all packages of which something is in a function's bundle. */
export function functionLicenses(): string {
  const { metafile } = buildSync({ ...OPTIONS, metafile: true });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return licensesOf(
    inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => join(ROOT, file)),
  );
}

/** Bundles a module as the functions are bundled. Returns the path of the bundle. */
export function bundleModule(source: string): string {
  const { outputFiles } = buildSync({ ...BUNDLED, entryPoints: [source], outdir: OTHER_BUNDLES });
  replaceChanged(outputFiles);
  return join(OTHER_BUNDLES, `${basename(source, ".ts")}.mjs`);
}

/**
 * Bundles the functions now and whenever a source of theirs changes. Resolves after the first build, and rejects if it
 * fails. After a later build that fails, the last good bundles stay. esbuild prints the errors.
 */
export async function watchFunctions(events: BuildEvents<FunctionName>): Promise<BuildWatcher> {
  const first = Promise.withResolvers<void>();
  let isFirst = true;
  const onEnd = ({ errors, outputFiles = [] }: BuildResult) => {
    const changed = errors.length > 0 ? [] : replaceChanged(outputFiles);
    if (isFirst && errors.length > 0) first.reject(new Error("The functions cannot be built."));
    else if (isFirst) first.resolve();
    else if (errors.length > 0) events.failed();
    else if (changed.length > 0)
      events.rebuilt(changed.map((path) => basename(dirname(path)) as FunctionName));
    isFirst = false;
  };
  const builder = await context({
    ...OPTIONS,
    plugins: [{ name: "replace-bundles", setup: (build) => build.onEnd(onEnd) }],
  });
  await builder.watch();
  const close = () => builder.dispose();
  try {
    await first.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Writes the files whose contents have changed. Returns their paths. */
function replaceChanged(files: readonly OutputFile[]): string[] {
  const changed = files.filter(
    ({ path, contents }) => !existsSync(path) || !readFileSync(path).equals(contents),
  );
  for (const { path, contents } of changed) replace(path, contents);
  return changed.map(({ path }) => path);
}

/** Replaces the file as a whole, because another process may be loading it, or bundling too. */
function replace(path: string, contents: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}
