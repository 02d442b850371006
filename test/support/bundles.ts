import { buildWebPage } from "../../wiring/build-web-page.ts";
import { bundleFunctions } from "../../wiring/bundle.ts";

let built: Promise<void> | undefined;

/**
 * Builds the bundles and the page as they would be deployed, once per run: every project that needs them calls this.
 */
export default async function setup(): Promise<void> {
  built ??= build();
  await built;
}

async function build(): Promise<void> {
  bundleFunctions();
  await buildWebPage();
}
