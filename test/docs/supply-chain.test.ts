import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  /** Part of the tarball of the package it is in, whose checksum covers it. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

const locked = Object.entries(
  (JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> }).packages,
).filter(([path]) => path !== "");

test("every package that the lock file names has a checksum", () => {
  expect(locked.length).toBeGreaterThan(400);
  const without = locked.filter(
    ([, { integrity, inBundle }]) => inBundle !== true && integrity === undefined,
  );
  expect(without.map(([path]) => path)).toEqual([]);
  for (const [path, { integrity = "sha512-" }] of locked) expect(integrity, path).toMatch(/^sha512-/);
});

test("a package without a checksum of its own comes inside one that has it", () => {
  const bundled = locked.filter(([, { inBundle }]) => inBundle === true).map(([path]) => path);
  const carriers = new Map(locked.filter(([, { integrity }]) => integrity !== undefined));
  for (const path of bundled)
    expect(carriers.has(path.slice(0, path.lastIndexOf("/node_modules/"))), path).toBe(true);
  expect([...new Set(bundled.map((path) => path.slice(0, path.lastIndexOf("/node_modules/"))))]).toEqual([
    "node_modules/@aws-cdk/cloud-assembly-schema",
    "node_modules/aws-cdk-lib",
  ]);
});

test("no dependency runs a script when it is installed", () => {
  for (const manifest of tracked.filter((path) => /^(examples\/[^/]+\/)?package\.json$/.test(path))) {
    const { scripts = {} } = JSON.parse(read(manifest)) as { scripts?: Record<string, string> };
    expect(
      Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|prepack)$/.test(name)),
    ).toEqual([]);
    const config = join(dirname(manifest), ".npmrc");
    expect(existsSync(join(ROOT, config)), config).toBe(true);
    expect(read(config)).toMatch(/^ignore-scripts=true$/m);
  }
  // The machines that install without a person watching say it themselves, too.
  const machines = tracked.filter((path) => /^\.(github\/workflows|ci|devcontainer)\//.test(path));
  const installs = machines.flatMap((path) => read(path).match(/\bnpm (ci|i|install|update)\b.*/g) ?? []);
  expect(installs.length).toBeGreaterThanOrEqual(6);
  for (const install of installs) expect(install).toContain("npm ci --ignore-scripts");
});
