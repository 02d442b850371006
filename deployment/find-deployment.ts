import type { Deployment } from "./deployment.ts";
import { describeEmbeddedCloud } from "./embedded-cloud.ts";
import { readOutputsFile } from "./outputs-file.ts";
import type { DeploymentSelector } from "./selector.ts";
import { describeStack } from "./stack.ts";

/** Finds the selected deployment. Throws `DeploymentError`. */
export async function findDeployment(selector: DeploymentSelector): Promise<Deployment> {
  if ("local" in selector) return describeEmbeddedCloud(selector.local);
  if ("file" in selector) return readOutputsFile(selector.file, selector.stack);
  return describeStack(selector.stack);
}
