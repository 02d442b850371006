import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const LEFT_OUT = new Set(["node_modules", ".git", ".build", ".parley", "dist", "cdk.out"]);

/** Text to put into a file, before or after a line that it has; or the text of a new file. */
export type Edit =
  | { readonly file: string; readonly after: string; readonly text: string }
  | { readonly file: string; readonly before: string; readonly text: string }
  | { readonly file: string; readonly text: string };

/** A copy of the repository that a recipe is followed in. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-recipe-"));

  constructor() {
    const isCopied = (source: string) => !LEFT_OUT.has(relative(ROOT, source).split("/").at(-1) ?? "");
    cpSync(ROOT, this.folder, { recursive: true, filter: isCopied });
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Throws if the file has no such line, or more than one. */
  edit(edit: Edit): void {
    const path = join(this.folder, edit.file);
    if (!("after" in edit) && !("before" in edit)) {
      if (existsSync(path)) throw new Error(`${edit.file} exists already`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, edit.text);
      return;
    }
    const line = "after" in edit ? edit.after : edit.before;
    const lines = readFileSync(path, "utf8").split("\n");
    const index = lines.indexOf(line);
    if (index === -1 || lines.includes(line, index + 1)) {
      throw new Error(`${edit.file} must have this line once, for the recipe's edit: ${line}`);
    }
    lines.splice("after" in edit ? index + 1 : index, 0, edit.text);
    writeFileSync(path, lines.join("\n"));
  }

  /** Type-checks everything; throws with what the compiler says. */
  check(): void {
    this.#run(["node_modules/typescript/bin/tsc"]);
  }

  /** Runs a script of the copy, and returns what it prints. */
  run(script: string): string {
    return this.#run([script]);
  }

  #run(args: readonly string[]): string {
    try {
      return execFileSync(process.execPath, args, {
        cwd: this.folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`${args.join(" ")} failed:\n${stdout}${stderr}`);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
