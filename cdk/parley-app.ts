import { App } from "aws-cdk-lib";
import type { Code } from "aws-cdk-lib/aws-lambda";
import featureFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import type { FunctionName } from "../wiring/manifest.ts";
import { environmentName, readConfig } from "./config.ts";
import { ParleyStack } from "./parley-stack.ts";

export interface ParleyAppProps {
  /** @default the bundles */
  readonly codeFor?: (name: FunctionName) => Code;
  /** As given by `-c` on the command line: `env`, `issuer`, … */
  readonly context?: Readonly<Record<string, string>>;
}

/** The app for one environment. */
export function parleyApp(props: ParleyAppProps = {}): { app: App; stack: ParleyStack } {
  // Here and not in cdk.json, which only the CLI reads: the tests must see the template that is deployed.
  const app = new App({ context: { ...featureFlags, ...props.context } });
  const context = (key: string): unknown => app.node.tryGetContext(key);
  const environment = environmentName(context("env"));
  const config = readConfig(environment, context);
  return { app, stack: new ParleyStack(app, { environment, config, codeFor: props.codeFor }) };
}
