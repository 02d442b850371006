import { expect, test } from "vitest";
import { COMMANDS, formatCommands } from "../../../terminal/commands/commands.ts";

test("the help lists every command within 80 columns", () => {
  const lines = formatCommands();
  for (const { usage } of COMMANDS) expect(lines.some((line) => line.startsWith(usage))).toBe(true);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
