import { App } from "aws-cdk-lib";
import featureFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { environmentName, readConfig } from "./config/config.ts";
import type { ParleyStackProps } from "./parley-stack.ts";

/** Creates the app for one environment, without its stack. `contextValues`: `env`, `issuer`, …, as set by `-c` on the command line. */
export function parleyApp(
  contextValues: Readonly<Record<string, string>> = {},
): { app: App } & Pick<ParleyStackProps, "environment" | "config"> {
  // Feature flags are set here and not in cdk.json, which only the CLI reads: the tests must see the deployed template.
  const app = new App({ context: { ...featureFlags, ...contextValues } });
  const context = (key: string): unknown => app.node.tryGetContext(key);
  const environment = environmentName(context("env"));
  return { app, environment, config: readConfig(environment, context) };
}
