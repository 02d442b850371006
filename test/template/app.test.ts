import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FUNCTION_NAMES } from "../../wiring/manifest.ts";
import { WEB_PAGE_CONFIG_FILE } from "../../wiring/web-page.ts";

const APP = join(import.meta.dirname, "..", "..", "cdk", "app.ts");
const output = mkdtempSync(join(tmpdir(), "parley-synth-"));
afterAll(() => rmSync(output, { recursive: true }));

/** Runs the app as the CDK CLI does, but without any account. */
function run(context: Readonly<Record<string, string>>) {
  return spawnSync(process.execPath, [APP], {
    encoding: "utf8",
    env: { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
}

function json(file: string) {
  return JSON.parse(readFileSync(join(output, file), "utf8"));
}

test("prod synthesizes with its bundles and leaves account and region to the credentials", () => {
  const { status, stderr } = run({ env: "prod" });
  expect(status, stderr).toBe(0);

  expect(json("manifest.json").artifacts["parley-prod"].environment).toBe(
    "aws://unknown-account/unknown-region",
  );
  const files: { source: { path: string; packaging: string } }[] = Object.values(
    json("parley-prod.assets.json").files,
  );
  const bundles = files.filter(({ source }) => source.packaging === "zip").map(({ source }) => source.path);
  expect(bundles).toHaveLength(FUNCTION_NAMES.length);
  for (const bundle of bundles) expect(existsSync(join(output, bundle, "index.mjs"))).toBe(true);
}, 60_000);

test("with the web page turned on, the page is built and deployed with its configuration", () => {
  const { status, stderr } = run({ env: "dev", web: "on" });
  expect(status, stderr).toBe(0);
  const files: { source: { path: string } }[] = Object.values(json("parley-dev.assets.json").files);
  const uploaded = files.map(({ source }) => join(output, source.path));
  expect(uploaded.filter((folder) => existsSync(join(folder, "index.html")))).toHaveLength(1);
  expect(uploaded.filter((folder) => existsSync(join(folder, WEB_PAGE_CONFIG_FILE)))).toHaveLength(1);
}, 60_000);

test("an unknown environment ends with one sentence, not with a stack trace", () => {
  const { status, stderr } = run({ env: "production" });
  expect(status).toBe(1);
  expect(stderr).toBe('Unknown environment "production"; use one of: dev, staging, prod.\n');
}, 60_000);
