import type { Deployment } from "./deployment.ts";
import { askEmbeddedCloud } from "./embedded-cloud.ts";
import { readOutputsFile } from "./outputs-file.ts";
import { describeStack } from "./stack.ts";
import type { Where } from "./where.ts";

/** The deployment that was asked for; throws `DeploymentError`. */
export async function findDeployment(where: Where): Promise<Deployment> {
  if ("local" in where) return askEmbeddedCloud(where.local);
  if ("file" in where) return readOutputsFile(where.file, where.stack);
  return describeStack(where.stack);
}
