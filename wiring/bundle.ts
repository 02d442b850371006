import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { BUNDLES, bundleDirectory } from "./build-directories.ts";
import { FUNCTION_NAMES, type FunctionName } from "./manifest.ts";

const ROOT = join(import.meta.dirname, "..");

/**
 * Bundles every function: ESM, minified, AWS SDK included (a pinned SDK is the one tested, and starts faster
 * than the runtime's), one bundle each and nothing shared. Returns the size of each in bytes.
 */
export function bundleFunctions(): Record<FunctionName, number> {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(
      FUNCTION_NAMES.map((name) => [join(name, "index"), join("functions", "entrypoints", `${name}.ts`)]),
    ),
    outdir: BUNDLES,
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    minify: true,
    // Stack traces keep their function names; costs about 2 %.
    keepNames: true,
    legalComments: "none",
    logLevel: "error",
    // CommonJS dependencies call require() for Node's own modules.
    banner: {
      js: "import{createRequire as parleyRequire}from'node:module';const require=parleyRequire(import.meta.url);",
    },
  });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path, contents.length]));
  return Object.fromEntries(
    FUNCTION_NAMES.map((name) => [name, sizes.get(join(bundleDirectory(name), "index.mjs")) ?? 0]),
  ) as Record<FunctionName, number>;
}

/** Whole or not at all: another process may be loading the file, or bundling too. */
function replaceFile(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}
