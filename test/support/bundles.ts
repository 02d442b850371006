import { buildWebPage } from "../../wiring/build-web-page.ts";
import { bundleFunctions } from "../../wiring/bundle.ts";

/** Once per run: every suite uses the bundles and the page that would be deployed. */
export default async function setup(): Promise<void> {
  bundleFunctions();
  await buildWebPage();
}
