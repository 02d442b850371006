import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Access } from "../access/access.ts";

/** The outbox folder cannot be created. The message says what to do. */
export class NoOutboxError extends Error {
  override readonly name = "NoOutboxError";
}

/** Creates the folder for this user's unsent messages to this Parley, readable only by the user. Throws `NoOutboxError`. */
export function outboxFolder({ parley, user }: Pick<Access, "parley" | "user">, stateHome?: string): string {
  const folder = join(stateFolder(stateHome), "parley", nameOfFolder(parley), nameOfFolder(user));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new NoOutboxError(
      `Unsent messages cannot be kept in ${folder} (${code}). Choose another folder with XDG_STATE_HOME, or use --ephemeral.`,
      { cause },
    );
  }
  return folder;
}

/** Returns the state folder by the XDG Base Directory Specification, which says to ignore a relative path. */
function stateFolder(stateHome = ""): string {
  return isAbsolute(stateHome) ? stateHome : join(homedir(), ".local", "state");
}

const READABLE_LENGTH = 40;

/** Converts any text to a folder name that people recognise and every file system accepts. */
function nameOfFolder(text: string): string {
  const readable = text
    .replace(/^\w+:\/\//, "")
    .replace(/[^A-Za-z0-9-]+/g, "_")
    .slice(0, READABLE_LENGTH);
  return `${readable}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}
