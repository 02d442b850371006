import { truncate } from "../text/text-width.ts";
import type { Input } from "./action.ts";
import { COMMANDS } from "./commands.ts";

/** Of a line that is quoted: enough to recognize it, and the rest of the sentence is seen. */
const QUOTED_COLUMNS = 32;

/** What a typed line asks for. */
export function parseInput(line: string): Input {
  if (line.trim() === "") return { do: "nothing" };
  if (!line.trimStart().startsWith("/")) return { do: "send", text: line };
  if (line.startsWith("//")) return { do: "send", text: line.slice(1) };
  const [, name = "", argument = ""] = /^\/(\S*)\s*(.*)$/s.exec(line.trim()) ?? [];
  const command = COMMANDS.find(({ names }) => names.includes(name));
  if (command === undefined) {
    const said = truncate(`/${line.trim()}`, QUOTED_COLUMNS);
    return { do: "invalid", reason: `no command /${name}; /help lists them, ${said} says it` };
  }
  return command.parse(argument) ?? { do: "invalid", reason: `it is ${command.usage}` };
}
