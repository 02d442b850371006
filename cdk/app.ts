/** Entry point of the CDK CLI: `npx cdk synth -c env=prod`. */
import { buildWebPage } from "../wiring/build-web-page.ts";
import { bundleFunctions } from "../wiring/bundle.ts";
import { ConfigError } from "./config/config.ts";
import { parleyApp } from "./parley-app.ts";
import { ParleyStack } from "./parley-stack.ts";

try {
  const { app, environment, config } = parleyApp();
  bundleFunctions();
  if (config.web !== "off") await buildWebPage();
  new ParleyStack(app, { environment, config });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
