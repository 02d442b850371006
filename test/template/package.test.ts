import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FUNCTION_NAMES } from "../../wiring/manifest.ts";
import { asList, type Resource, rendered } from "./synthesized.ts";

// The example as an outside user has it: the packed package in node_modules, without this repository's sources.

const ROOT = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "parley-package-"));
const app = join(folder, "app");
const installed = join(app, "node_modules");
const out = join(folder, "cdk.out");

function run(command: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return String(stdout);
}

function json(...path: readonly string[]) {
  return JSON.parse(readFileSync(join(...path), "utf8"));
}

/** Installs a package as a link to this repository's copy. */
function link(name: string): void {
  mkdirSync(dirname(join(installed, name)), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), join(installed, name));
}

beforeAll(() => {
  run(process.execPath, [join(ROOT, "cdk", "build.ts"), join(folder, "dist")]);
  run("npm", ["pack", join(folder, "dist"), "--pack-destination", folder]);
  cpSync(join(ROOT, "examples", "support-desk"), app, { recursive: true });
  mkdirSync(join(installed, "parley"), { recursive: true });
  const { version } = json(ROOT, "package.json");
  run("tar", [
    "-xzf",
    join(folder, `parley-${version}.tgz`),
    "-C",
    join(installed, "parley"),
    "--strip-components=1",
  ]);
  const own = json(app, "package.json");
  const ofParley = json(installed, "parley", "package.json").dependencies;
  const wanted = { ...own.dependencies, ...own.devDependencies, ...ofParley };
  for (const name of Object.keys(wanted)) if (name !== "parley") link(name);
  // NodejsFunction finds the root of the app by this file.
  writeFileSync(join(app, "package-lock.json"), "{}");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the package", () => {
  test("depends on what it imports: CDK as a peer, and neither the SDK nor esbuild", () => {
    const { dependencies, peerDependencies } = json(installed, "parley", "package.json");
    expect(Object.keys(peerDependencies)).toEqual(["aws-cdk-lib", "constructs"]);
    expect(Object.keys(dependencies)).toEqual(["valibot"]);
  });

  test("contains the web page without its configuration, which the stack writes", () => {
    const page = readdirSync(join(installed, "parley", ".build", "web"));
    expect(page).toContain("index.html");
    expect(page).not.toContain("config.json");
  });

  /** Returns the name, version and licence of each package. */
  const titlesOf = (text: string) => text.match(/^\S+ \d[\w.-]* \(.+\)$/gm) ?? [];

  test("contains the licence of each package that it has a copy of", () => {
    const parley = join(installed, "parley");
    expect(readFileSync(join(parley, "LICENSE"), "utf8")).toBe(readFileSync(join(ROOT, "LICENSE"), "utf8"));
    const functions = readFileSync(join(parley, "licenses.txt"), "utf8");
    const version = (name: string) => json(ROOT, "node_modules", name, "package.json").version;
    for (const name of ["jose", "valibot", "@aws-sdk/client-dynamodb", "@aws-lambda-powertools/logger"])
      expect(titlesOf(functions)).toContainEqual(expect.stringContaining(`${name} ${version(name)} (`));
    expect(functions).toContain("Copyright (c) 2018 Filip Skokan");
    const page = readFileSync(join(parley, ".build", "web", "licenses.txt"), "utf8");
    expect(
      titlesOf(page)
        .map((title) => title.replace(/ [\d.]+ /, " "))
        .sort(),
    ).toEqual([
      "@fontsource-variable/inter (OFL-1.1)",
      "jwt-decode (MIT)",
      "oidc-client-ts (Apache-2.0)",
      "preact (MIT)",
    ]);
    expect(page).toContain("SIL Open Font License, Version 1.1");
    expect(page).toContain("Copyright (c) 2015-present Jason Miller");
  });

  test("contains a bill of materials with the checksum of everything that was built or built it", () => {
    const { bomFormat, components } = json(installed, "parley", "sbom.cdx.json") as {
      bomFormat: string;
      components: { name: string; version: string; hashes?: object[] }[];
    };
    expect(bomFormat).toBe("CycloneDX");
    const named = new Map(components.map((component) => [component.name, component]));
    for (const name of ["jose", "valibot", "preact", "oidc-client-ts", "esbuild", "vite"]) {
      const { version } = json(ROOT, "node_modules", name, "package.json");
      expect(named.get(name)).toMatchObject({ version, hashes: [{ alg: "SHA-512" }] });
    }
  });

  test("contains its types: wrong props are an error", () => {
    const tsc = [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", app];
    run(process.execPath, tsc);
    const wrong =
      'import type { ParleyChatProps } from "parley/cdk";\nexport const props: ParleyChatProps = { lanes: 3 };\n';
    writeFileSync(join(app, "wrong.ts"), wrong);
    expect(() => run(process.execPath, tsc)).toThrow(/wrong\.ts\(2,\d+\): error TS2322: Type '3'/);
    rmSync(join(app, "wrong.ts"));
  }, 60_000);
});

describe("the example", () => {
  let resources: Record<string, Resource>;
  let assets: { source: { path: string } }[];

  beforeAll(() => {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    run(process.execPath, ["app.ts"], { cwd: app, env: { PATH, HOME: folder, CDK_OUTDIR: out } });
    resources = json(out, "support-desk.template.json").Resources;
    assets = Object.values(json(out, "support-desk.assets.json").files);
  }, 120_000);

  const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);

  /** Returns the statements of the policies attached to the role of a function of the app. */
  function allowed(functionId: RegExp): string[] {
    const [, lambda] = ofType("AWS::Lambda::Function").find(([id]) => functionId.test(id)) ?? [];
    const role = rendered(lambda?.Properties.Role);
    return ofType("AWS::IAM::Policy")
      .filter(([, { Properties }]) => Properties.Roles.map(rendered).includes(role))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .flatMap((statement) =>
        asList<string>(statement.Action).map((action) => `${action} on ${rendered(statement.Resource)}`),
      );
  }

  test("deploys the functions of the package and its own", () => {
    const bundles = assets.map(({ source }) => source.path).filter((path) => path.startsWith("asset."));
    expect(bundles).toHaveLength(FUNCTION_NAMES.length + 2);
    const code = bundles.map((path) => readFileSync(join(out, path, "index.mjs"), "utf8"));
    expect(
      code.filter((text) => text.includes("backend-") && text.includes("ENTRIES_TOPIC_ARN")),
    ).toHaveLength(1);
  });

  test("may publish only to the entries topic, where granted", () => {
    expect(allowed(/^ticketopened/)).toEqual(["sns:Publish on EntriesTopic"]);
    expect(allowed(/^nobodythere/).join()).toMatch(/^sns:Publish on OnCall/);
  });

  test("gets only the events of undelivered messages", () => {
    const [subscription, ...more] = ofType("AWS::SNS::Subscription").filter(
      ([, { Properties }]) => Properties.Protocol === "lambda",
    );
    expect(more).toEqual([]);
    const { TopicArn, FilterPolicy, RedrivePolicy } = subscription?.[1].Properties ?? {};
    expect(rendered(TopicArn)).toBe("OutboundTopic");
    expect(FilterPolicy).toEqual({ type: ["message.undelivered"] });
    expect(rendered(RedrivePolicy.deadLetterTargetArn)).toMatch(/^Undelivered/);
  });
});
