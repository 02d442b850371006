import { buildWebPage } from "../../wiring/build-web-page.ts";
import { bundleFunctions } from "../../wiring/bundle.ts";
import { oncePerRun } from "./once-per-run.ts";

/** Builds the bundles and the page as they would be deployed, once per run. */
export default function setup(): Promise<void> {
  return oncePerRun("bundles", async () => {
    bundleFunctions();
    await buildWebPage();
  });
}
