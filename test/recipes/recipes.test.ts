import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MADE_UP_COMMAND } from "./made-up-command.ts";
import { MADE_UP_KIND } from "./made-up-kind.ts";
import { type Edit, Scratch } from "./scratch.ts";

// Follows the recipes of CONTRIBUTING.md in a copy of the repository, and uses what comes of it.

const MOST_FILES = 6;
const contributing = readFileSync(join(import.meta.dirname, "../../CONTRIBUTING.md"), "utf8");

/** The files that the numbered steps of a recipe begin with. */
function filesOf(heading: string): string[] {
  const [, recipe = ""] = contributing.split(`\n## ${heading}\n`);
  const [steps = ""] = recipe.split("\n## ");
  return [...steps.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = ""]) => file);
}

const isCounted = ({ file }: Edit) => !/^(test|docs)\//.test(file);

/** A copy of the repository with these edits, until the test is over. */
function changed(edits: readonly Edit[]): Scratch {
  const scratch = new Scratch();
  onTestFinished(() => scratch.remove());
  for (const edit of edits) scratch.edit(edit);
  return scratch;
}

/** Follows the recipe, with no edit but those of its steps, and returns what the made-up thing did. */
function follow(heading: string, name: string, edits: readonly Edit[]): unknown {
  const edited = [...new Set(edits.filter(isCounted).map(({ file }) => file))];
  expect(edited).toEqual(filesOf(heading).map((file) => file.replace(/<\w+>/, name)));
  expect(edited.length).toBeLessThanOrEqual(MOST_FILES);
  const scratch = changed(edits);
  scratch.check();
  return JSON.parse(scratch.run("test/recipes/follow.ts").trim().split("\n").at(-1) ?? "");
}

test("a command is added by the steps of its recipe, in at most six files, and answers", () => {
  expect(follow("Add a command", "stats", MADE_UP_COMMAND)).toEqual([2, "not_found"]);
});

test("an entry kind is added by the steps of its recipe, in at most six files, and is sent, ruled and shown", () => {
  const words = ["alice set the topic to “Pizza”", "set the topic to Pizza"];
  const result = follow("Add an entry kind", "topic", MADE_UP_KIND);
  expect(result).toEqual([{ topic: "Pizza" }, words, "forbidden", 1, false, 2]);
});

test("a step that is missing is noticed", () => {
  const [first, ...others] = MADE_UP_KIND;
  const scratch = changed(others);
  expect(first).toBeDefined();
  expect(() => scratch.check()).toThrow(/topic/);
});
