import { readFileSync } from "node:fs";
import { type Deployment, type Outputs, outputOf } from "./deployment.ts";
import { DeploymentError } from "./deployment-error.ts";
import { stackDeployment } from "./stack.ts";

/** A stack by what its deployment wrote to a file, in the region its topics are in. */
export function readOutputsFile(file: string, stackName: string | undefined): Deployment {
  const stacks = parseFile(file);
  const names = Object.keys(stacks);
  const name = stackName ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw new DeploymentError(
      "no_stack",
      `${file} knows ${names.length} stacks; --stack says which: ${names.join(", ")}.`,
    );
  }
  const outputs = stacks[name];
  if (outputs === undefined) {
    throw new DeploymentError("no_stack", `${file} knows no stack "${name}"; it has: ${names.join(", ")}.`);
  }
  // arn:aws:sns:<region>:<account>:<name>
  const region = outputOf({ name, outputs }, "EntriesTopicArn").split(":")[3] ?? "";
  return stackDeployment(name, region, outputs, undefined);
}

function parseFile(file: string): Readonly<Record<string, Outputs>> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DeploymentError(
      "no_file",
      `${file} cannot be read; \`npx cdk deploy --outputs-file ${file}\` writes it.`,
      { cause },
    );
  }
}
