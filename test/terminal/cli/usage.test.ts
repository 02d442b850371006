import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseArguments } from "../../../terminal/cli/arguments.ts";
import { USAGE } from "../../../terminal/cli/usage.ts";

test("the usage lists only options that exist", () => {
  const named = [...USAGE.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = ""]) => option);
  const complaints = named.map((option) => parseArguments(["alice", option]));
  expect(named).toHaveLength(19);
  expect(complaints.filter((parsed) => "error" in parsed && parsed.error.startsWith("Unknown"))).toEqual([]);
});

test("the usage and docs/terminal.md show the same bot", () => {
  const [, documented = ""] =
    /^```bash\n([\s\S]*?)^```/m.exec(readFileSync("docs/terminal.md", "utf8").split("### A bot")[1] ?? "") ??
    [];
  const [, inUsage = ""] = /\nA bot:\n([\s\S]*?)\n\n/.exec(USAGE) ?? [];
  expect(inUsage).toContain("--tail --json");
  expect(inUsage.replaceAll(/^ {2}/gm, "")).toBe(documented.trimEnd());
});
