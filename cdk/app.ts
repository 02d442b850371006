/** What `cdk` runs: `npx cdk synth -c env=prod`. */
import { Code } from "aws-cdk-lib/aws-lambda";
import { bundleDirectory, bundleFunctions } from "../wiring/bundle.ts";
import { ConfigError } from "./config.ts";
import { parleyApp } from "./parley-app.ts";

try {
  bundleFunctions();
  parleyApp({ codeFor: (name) => Code.fromAsset(bundleDirectory(name)) }).app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
