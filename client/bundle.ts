import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ENTRIES = ["index", "indexeddb", "node"] as const;

/** Scripts as they are published, by entry point; protocol and library in one. */
export function bundleClient(): Map<(typeof ENTRIES)[number], string> {
  const scripts = ENTRIES.map((entry) => {
    const { outputFiles } = buildSync({
      entryPoints: [join(HERE, "src", `${entry}.ts`)],
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      external: ["node:*"],
      write: false,
    });
    return [entry, outputFiles[0]?.text ?? ""] as const;
  });
  return new Map(scripts);
}

export function gzippedBytes(script: string): number {
  return gzipSync(script, { level: 9 }).length;
}

/** What `npm publish` takes: scripts, and the declarations that can be reached from the entry points. */
export function writePackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [entry, script] of bundleClient()) writeFileSync(join(folder, `${entry}.js`), script);
  const emitted = join(folder, ".types");
  const tsc = join(HERE, "../node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(HERE, "tsconfig.build.json"), "--outDir", emitted]);
  const from = join(emitted, "client/src");
  const waiting: string[] = ENTRIES.map((entry) => `${entry}.d.ts`);
  const seen = new Set(waiting);
  for (const file of waiting) {
    const text = readFileSync(join(from, file), "utf8");
    const imports = [...text.matchAll(/from "(\.[^"]+)\.ts"/g)].map(([, path = ""]) =>
      join(dirname(file), `${path}.d.ts`),
    );
    for (const path of imports) {
      // The contract's types are made of schemas: whoever installs the library has no library to read them with.
      if (path.startsWith("..")) throw new Error(`${file} declares something by ${relative(".", path)}`);
      if (!seen.has(path)) waiting.push(path);
      seen.add(path);
    }
    writeFileSync(join(folder, file), text.replaceAll(/from "(\.[^"]+)\.ts"/g, 'from "$1.js"'));
  }
  rmSync(emitted, { recursive: true });
}
