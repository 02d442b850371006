import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import featureFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { type EnvironmentName, parseConfig, readConfig } from "../../cdk/config/config.ts";
import { parleyApp } from "../../cdk/parley-app.ts";
import { ParleyStack } from "../../cdk/parley-stack.ts";
import { FUNCTION_NAMES, type FunctionName, INGEST_MODES } from "../../wiring/manifest.ts";

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties, read by tests that fail when wrong.
  readonly Properties: Readonly<Record<string, any>>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | readonly string[];
}

export interface Synthesized {
  readonly app: App;
  readonly template: Template;
  /** Returns the resources of a type by logical id. */
  ofType(type: string): Readonly<Record<string, Resource>>;
  /** Returns the logical id of a function of the manifest. */
  functionId(name: FunctionName): string;
}

/** Returns the function's name as its code, instead of a bundle. */
const codeFor = (name: FunctionName) => Code.fromInline(name);

/** Folder of a minimal page, used instead of the built one. */
export const pageFolder = join(import.meta.dirname, "page");

/** Synthesizes an environment with context values as on the command line. */
export function synthesize(context: Readonly<Record<string, string>> = {}): Synthesized {
  const { app, ...environment } = parleyApp(context);
  return synthesized(app, new ParleyStack(app, { ...environment, codeFor, pageFolder }));
}

/** Synthesizes an environment with changes to its configuration. */
export function synthesizeWith(
  change: Readonly<Record<string, unknown>>,
  environment: EnvironmentName = "dev",
): Synthesized {
  const config = parseConfig(environment, { ...readConfig(environment, () => undefined), ...change });
  const app = new App({ context: featureFlags });
  return synthesized(app, new ParleyStack(app, { environment, config, codeFor, pageFolder }));
}

function synthesized(app: App, stack: Stack): Synthesized {
  const template = Template.fromStack(stack);
  // The function that uploads the page contains the AWS CLI: 22 MB in a folder that nothing else removes.
  for (const archive of globSync("asset.*.zip", { cwd: app.outdir })) rmSync(join(app.outdir, archive));
  const ofType: Synthesized["ofType"] = (type) => template.findResources(type) as Record<string, Resource>;
  const functions = Object.entries(ofType("AWS::Lambda::Function"));
  return {
    app,
    template,
    ofType,
    functionId(name) {
      const found = functions.filter(([, resource]) => resource.Properties.Code.ZipFile === name);
      const [only] = found;
      if (!only || found.length > 1) throw new Error(`${found.length} functions run the bundle ${name}`);
      return only[0];
    },
  };
}

/**
 * Renders `Ref`, `Fn::GetAtt`, `Fn::FindInMap`, `Fn::Join`, `Fn::Sub` and `Fn::Select` as one readable string. The logical
 * id stands for name, URL and ARN; `AWS::StackId[2]` is a part of the stack's id.
 */
export function rendered(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    if ("Ref" in value) return String(value.Ref);
    if ("Fn::GetAtt" in value && Array.isArray(value["Fn::GetAtt"])) return String(value["Fn::GetAtt"][0]);
    if ("Fn::FindInMap" in value && Array.isArray(value["Fn::FindInMap"])) {
      return String(value["Fn::FindInMap"][2]);
    }
    if ("Fn::Sub" in value) return String(value["Fn::Sub"]).replaceAll(/\$\{(.+?)\}/g, "$1");
    if ("Fn::Select" in value && Array.isArray(value["Fn::Select"])) {
      const [index, { "Fn::Split": split }] = value["Fn::Select"];
      return `${rendered(split[1])}[${index}]`;
    }
    if ("Fn::Join" in value && Array.isArray(value["Fn::Join"])) {
      const [separator, parts] = value["Fn::Join"];
      return parts.map(rendered).join(separator);
    }
  }
  throw new Error(`Cannot render ${JSON.stringify(value)}`);
}

export function asList<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Item];
}

export const ENVIRONMENT_CASES = [{ env: "dev" }, { env: "staging" }, { env: "prod" }] as const;

export const INGEST_CASES = INGEST_MODES.map((ingest) => ({ ingest }));

export const FUNCTION_CASES = FUNCTION_NAMES.map((name) => ({ name }));
