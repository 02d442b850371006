export type Input =
  | { readonly say: string }
  | { readonly to: string }
  | { readonly do: "list" | "history" | "help" | "quit" | "nothing" }
  | { readonly wrong: string };

export const HELP = [
  "/to <user>   talk to someone",
  "/history     older messages",
  "/list        your conversations",
  "/quit        leave (also Ctrl+D)",
  "//text       says /text; anything else is a message",
];

/** What a typed line asks for. */
export function readInput(line: string): Input {
  if (line.trim() === "") return { do: "nothing" };
  if (!line.trimStart().startsWith("/")) return { say: line };
  if (line.startsWith("//")) return { say: line.slice(1) };
  const [command = "", ...rest] = line.trim().split(/\s+/);
  const argument = rest.join(" ");
  switch (command) {
    case "/to":
      return argument === "" ? { wrong: "to whom? /to <user>" } : { to: argument };
    case "/list":
    case "/history":
    case "/help":
    case "/quit":
      return { do: command.slice(1) as "list" | "history" | "help" | "quit" };
    default:
      return { wrong: `no command ${command}; /help lists them` };
  }
}
