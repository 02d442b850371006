import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../../support/process.ts";

type Library = typeof import("../../../client/src/index.ts");

/** The package as `writePackage` of client/bundle.ts made it at commit eb08e0b, without types and source maps. */
const PACKED = join(import.meta.dirname, "../fixtures/client-before-direct-append.tgz");

/** Loads the client library as it was packed before `send` appended anything itself. */
export async function oldClient(): Promise<Library> {
  const folder = temporaryFolder();
  execFileSync("tar", ["-xzf", PACKED, "-C", folder]);
  return import(/* @vite-ignore */ pathToFileURL(join(folder, "index.js")).href) as Promise<Library>;
}
