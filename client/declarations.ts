import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const HERE = import.meta.dirname;

export interface Declarations {
  /** Declarations reachable from the entry points, by file name: all that users of the library see. */
  readonly published: ReadonlyMap<string, string>;
  /** Paths of TypeScript's own declarations: everything of the language and the platform the library may use. */
  readonly platform: readonly string[];
}

export function declarations(entries: readonly string[]): Declarations {
  const emitted = mkdtempSync(join(tmpdir(), "parley-types-"));
  try {
    tsc("--outDir", emitted);
    const files = tsc("--listFilesOnly").trim().split("\n");
    return {
      published: reachable(entries, (file) => readFileSync(join(emitted, "client/src", file), "utf8")),
      platform: files.filter((file) => /^lib\..*\.d\.ts$/.test(basename(file))),
    };
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

function tsc(...options: string[]): string {
  const program = join(HERE, "../node_modules/typescript/bin/tsc");
  const project = ["-p", join(HERE, "tsconfig.build.json")];
  return execFileSync(process.execPath, [program, ...project, ...options], { encoding: "utf8" });
}

function reachable(entries: readonly string[], read: (file: string) => string): Map<string, string> {
  const texts = new Map<string, string>();
  const waiting = entries.map((entry) => `${entry}.d.ts`);
  for (const file of waiting) {
    if (texts.has(file)) continue;
    const text = read(file);
    for (const [, path = ""] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) {
      const imported = join(dirname(file), `${path}.d.ts`);
      // The types of the protocol derive from valibot schemas, and users of the library do not have valibot.
      if (imported.startsWith(".."))
        throw new Error(`${file} imports ${path}; published declarations must not reach the protocol`);
      waiting.push(imported);
    }
    texts.set(file, text.replaceAll(/from "(\.[^"]+)\.ts"/g, 'from "$1.js"'));
  }
  return texts;
}
