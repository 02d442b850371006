import { readFileSync } from "node:fs";
import { type Deployment, type Outputs, outputOf } from "./deployment.ts";
import { DeploymentError } from "./deployment-error.ts";
import { stackDeployment } from "./stack.ts";

/** Reads a stack from the file its deployment wrote. The region is that of its topics. */
export function readOutputsFile(file: string, stackName: string | undefined): Deployment {
  const stacks = parseFile(file);
  const names = Object.keys(stacks);
  const name = stackName ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw new DeploymentError(
      "no_stack",
      `${file} holds ${names.length} stacks; choose one with --stack: ${names.join(", ")}.`,
    );
  }
  const outputs = stacks[name];
  if (outputs === undefined) {
    throw new DeploymentError("no_stack", `${file} holds no stack "${name}"; it holds: ${names.join(", ")}.`);
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
      `${file} cannot be read; write it with \`npx cdk deploy --outputs-file ${file}\`.`,
      { cause },
    );
  }
}
