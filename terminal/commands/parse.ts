import { truncate } from "../text/text-width.ts";
import type { Input } from "./action.ts";
import { COMMANDS } from "./commands.ts";

/** Width of a line quoted in an error: enough to recognise it without hiding the rest of the message. */
const QUOTED_COLUMNS = 32;

/** Parses a line of input. */
export function parseInput(line: string): Input {
  if (line.trim() === "") return { do: "nothing" };
  if (!line.trimStart().startsWith("/")) return { do: "send", text: line };
  if (line.startsWith("//")) return { do: "send", text: line.slice(1) };
  const [, name = "", argument = ""] = /^\/(\S*)\s*(.*)$/s.exec(line.trim()) ?? [];
  const command = COMMANDS.find(({ names }) => names.includes(name));
  if (command === undefined) {
    const escaped = truncate(`/${line.trim()}`, QUOTED_COLUMNS);
    return {
      do: "invalid",
      reason: `unknown command /${name}; /help lists commands, ${escaped} sends it as text`,
    };
  }
  return command.parse(argument) ?? { do: "invalid", reason: `usage: ${command.usage}` };
}
