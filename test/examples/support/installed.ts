import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { writePackage } from "../../../client/bundle.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Installs an example as a user would: in a folder of its own, with the packed library and its other dependencies. */
export async function installExample(name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "parley-example-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const app = join(folder, "app");
  const built = join(folder, "client");
  cpSync(join(ROOT, "examples", name), app, { recursive: true });
  await writePackage(join(built, "dist"));
  for (const file of ["package.json", "README.md"]) cpSync(join(ROOT, "client", file), join(built, file));
  execFileSync("npm", ["pack", built, "--pack-destination", app], { stdio: "pipe" });

  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(app, "package.json"), "utf8"));
  const packages: Record<string, string> = { ...dependencies, ...devDependencies };
  for (const [dependency, version] of Object.entries(packages)) {
    const installed = join(app, "node_modules", dependency);
    mkdirSync(dirname(installed), { recursive: true });
    if (version.startsWith("file:")) unpack(join(app, version.slice("file:".length)), installed);
    else symlinkSync(join(ROOT, "node_modules", dependency), installed);
  }
  return app;
}

/** Type-checks an example with its own configuration. Returns the errors, or an empty string. */
export function typeErrors(app: string): string {
  try {
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", app]);
    return "";
  } catch (error) {
    return String((error as { stdout: unknown }).stdout);
  }
}

function unpack(archive: string, into: string): void {
  mkdirSync(into);
  execFileSync("tar", ["-xzf", archive, "-C", into, "--strip-components=1"]);
}
