import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./process.ts";

/** Writes what `cdk deploy --outputs-file` would write; the file is deleted when the test ends. */
export function outputsFile(content: object | string): string {
  const file = join(temporaryFolder(), "cdk.outputs.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}
