/** What `cdk` runs: `npx cdk synth -c env=prod`. */
import { bundleFunctions } from "../wiring/bundle.ts";
import { ConfigError } from "./config.ts";
import { parleyApp } from "./parley-app.ts";

try {
  bundleFunctions();
  parleyApp().app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
