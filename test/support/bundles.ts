import { bundleFunctions } from "../../wiring/bundle.ts";

/** Once per run: every suite uses the bundles that would be deployed. */
export default function setup(): void {
  bundleFunctions();
}
