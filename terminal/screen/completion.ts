import type { Client } from "../../client/src/index.ts";
import { COMMANDS } from "../commands/commands.ts";

/** What the last word of a line may become: a command at its beginning, after one a name. As readline asks for it. */
export function complete(line: string, names: readonly string[]): [string[], string] {
  if (!line.startsWith("/")) return [[], line];
  const word = /\S*$/.exec(line)?.[0] ?? "";
  const isCommand = word === line;
  const candidates = isCommand
    ? COMMANDS.flatMap((command) => command.names.map((name) => `/${name}`))
    : names;
  return [
    candidates
      .filter((candidate) => candidate.startsWith(word) && candidate !== "")
      .map((found) => `${found} `),
    word,
  ];
}

/** Names to complete: of conversations, and of whom is seen in them. */
export function completableNames(client: Client): string[] {
  const known = client.inbox.getSnapshot().flatMap(({ peer, title }) => peer ?? title ?? []);
  const names = [...new Set([...known, ...client.presence.getSnapshot().keys()])];
  return names.map((name) => (/\s/.test(name) ? `"${name}"` : name));
}
