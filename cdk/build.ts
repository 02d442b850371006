/**
 * `npm run build -- [folder]`: builds the package that others install (`parley/cdk`, `parley/backend`) into dist/ or the
 * folder. It holds JavaScript, because Node strips no types below node_modules, and the functions' bundles and the web
 * page, so that a user's app needs neither our sources nor esbuild and Vite to deploy them.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { BUNDLES, LICENSES_FILE, WEB_PAGE } from "../wiring/build-directories.ts";
import { buildWebPage } from "../wiring/build-web-page.ts";
import { bundleFunctions, functionLicenses } from "../wiring/bundle.ts";

const ROOT = join(import.meta.dirname, "..");

/** Module of each import path of the package. */
const ENTRIES = { "./cdk": "cdk/index", "./backend": "backend/index" };

/** Constructs must come from the app's own copy: an App does not recognize stacks of another copy. */
const PEERS = ["aws-cdk-lib", "constructs"];

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

async function build(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = ["-p", join(ROOT, "tsconfig.package.json"), "--outDir", folder];
  execFileSync(process.execPath, [tsc, ...options], { stdio: "inherit" });
  bundleFunctions();
  cpSync(BUNDLES, join(folder, relative(ROOT, BUNDLES)), { recursive: true });
  await buildWebPage(join(folder, relative(ROOT, WEB_PAGE)));
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  // Those of the page are beside it.
  writeFileSync(join(folder, LICENSES_FILE), functionLicenses());
  writeFileSync(join(folder, "sbom.cdx.json"), billOfMaterials());
  copyFileSync(join(ROOT, "docs", "construct.md"), join(folder, "README.md"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(packageManifest(folder), null, 2)}\n`);
}

/** Lists everything that is bundled or builds, with versions and checksums, in the form of CycloneDX. */
function billOfMaterials(): string {
  const command = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  return execFileSync("npm", command, { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

/** The package depends on what it imports, in the versions this repository is tested with. */
function packageManifest(folder: string) {
  const root: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const versions = { ...root.devDependencies, ...root.dependencies };
  const imported = importedPackages(folder).map((name): [string, string] => {
    const version = versions[name];
    if (version === undefined)
      throw new Error(`${name} is imported but missing from package.json: add it there`);
    return [name, version];
  });
  const { name, version, description, license } = root;
  return {
    name,
    version,
    description,
    license,
    type: "module",
    engines: { node: ">=20.11" },
    exports: Object.fromEntries(
      Object.entries(ENTRIES).map(([path, module]) => [
        path,
        { types: `./${module}.d.ts`, default: `./${module}.js` },
      ]),
    ),
    dependencies: Object.fromEntries(imported.filter(([name]) => !PEERS.includes(name))),
    peerDependencies: Object.fromEntries(
      imported.filter(([name]) => PEERS.includes(name)).map(([name, version]) => [name, `^${version}`]),
    ),
  };
}

/** Imported packages (`@scope/name` or `name`), without Node's own modules. */
function importedPackages(folder: string): string[] {
  const modules = globSync("**/*.js", { cwd: folder }).flatMap((file) =>
    [
      ...readFileSync(join(folder, file), "utf8").matchAll(/^(?:import|export) .*?from "([^".][^"]*)";/gms),
    ].map(([, specifier = ""]) => specifier),
  );
  const names = modules
    .filter((specifier) => !specifier.startsWith("node:"))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  return [...new Set(names)].sort();
}

await build(resolve(process.argv[2] ?? join(ROOT, "dist")));
