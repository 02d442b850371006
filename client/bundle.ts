import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { minify } from "terser";
import { countsAsUnread, isContent, isRewrite, isSolitary, KINDS } from "../protocol/kinds.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type Declarations, declarations } from "./declarations.ts";
import { lastingNames } from "./lasting-names.ts";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(import.meta.dirname, "src");
const ENTRIES = ["index", "core", "indexeddb", "node", "ui"] as const;

/** The published script of each entry point; protocol and library in one. */
export type Scripts = ReadonlyMap<(typeof ENTRIES)[number], string>;

/** Inlines the limits as numbers: a bundler would include the whole object, of which the library uses little. */
const limitsInPlace: Plugin = {
  name: "limits-in-place",
  setup({ onLoad }) {
    const values = new Map(Object.entries(LIMITS));
    onLoad({ filter: /[/\\]client[/\\]src[/\\]/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(/\bLIMITS\.(\w+)/g, (_, name) => `${values.get(name)}`),
      loader: "ts",
    }));
  },
};

/** Replaces the predicates of `protocol/kinds.ts` by equivalent patterns: the table itself takes 120 bytes. */
const kindsInPlace: Plugin = {
  name: "kinds-in-place",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]protocol[/\\]kinds\.ts$/ }, () => ({ contents: kindPredicates(), loader: "js" }));
  },
};

const KIND_PREDICATES = { isContent, countsAsUnread, isSolitary, isRewrite };

export function kindPredicates(): string {
  return Object.entries(KIND_PREDICATES)
    .map(([name, holds]) => {
      const kinds = Object.keys(KINDS)
        .filter(holds)
        .map((kind) => `${kind.replace(".", "\\.")}$`);
      const pattern = [...kinds, ...(holds("x.") ? ["x\\."] : [])].join("|");
      return `export const ${name} = (kind) => /^(${pattern})/.test(kind);`;
    })
    .join("\n");
}

async function bundleClient(declared: Declarations = declarations(ENTRIES)): Promise<Scripts> {
  const mangleCache = Object.fromEntries([...lastingNames(declared)].map((name) => [name, false as const]));
  const scripts = ENTRIES.map(async (entry) => {
    const { outputFiles } = await build({
      entryPoints: [join(SOURCE, `${entry}.ts`)],
      bundle: true,
      minify: true,
      // The names that Node declares are not among the lasting names.
      ...(entry !== "node" && { mangleProps: /./, mangleCache }),
      plugins: [limitsInPlace, kindsInPlace],
      format: "esm",
      target: "es2022",
      external: ["node:*"],
      write: false,
    });
    // Two minifiers: esbuild renames properties, and terser removes more code.
    const { code = "" } = await minify(outputFiles[0]?.text ?? "", {
      module: true,
      ecma: 2020,
      compress: { passes: 3 },
    });
    return [entry, code] as const;
  });
  return new Map(await Promise.all(scripts));
}

export function gzippedBytes(script: string): number {
  return gzipSync(script, { level: 9 }).length;
}

/** Writes the package for `npm publish`: scripts, and the declarations reachable from the entry points. */
export async function writePackage(folder: string): Promise<Scripts> {
  const declared = declarations(ENTRIES);
  const scripts = await bundleClient(declared);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Its own only: a test shows that it bundles nothing of others.
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  for (const [entry, script] of scripts) writeFileSync(join(folder, `${entry}.js`), script);
  for (const [file, text] of declared.published) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return scripts;
}
