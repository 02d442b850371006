import type { Client } from "../../client/src/index.ts";
import { COMMANDS } from "../commands/commands.ts";

/** Completes the last word of a line, as readline's `completer`: a command at the start of the line, a name after a command. */
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

/** Returns names to complete: conversations, and users whose presence is known. */
export function completableNames(client: Client): string[] {
  const known = client.inbox.getSnapshot().flatMap(({ peer, title }) => peer ?? title ?? []);
  const names = [...new Set([...known, ...client.presence.getSnapshot().keys()])];
  return names.map((name) => (/\s/.test(name) ? `"${name}"` : name));
}
