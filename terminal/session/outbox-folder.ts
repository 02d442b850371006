import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Access } from "../access/access.ts";

/** The message says what to do about it. */
export class NoOutboxError extends Error {
  override readonly name = "NoOutboxError";
}

/** Makes the folder for what waits to be sent: of this user of this Parley, for their eyes only. Throws `NoOutboxError`. */
export function outboxFolder({ parley, user }: Pick<Access, "parley" | "user">, stateHome?: string): string {
  const folder = join(stateFolder(stateHome), "parley", nameOfFolder(parley), nameOfFolder(user));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new NoOutboxError(
      `What waits to be sent cannot be kept in ${folder} (${code}). Choose another place with XDG_STATE_HOME, or say --ephemeral.`,
      { cause },
    );
  }
  return folder;
}

/** XDG Base Directory Specification; a relative path there is to be ignored. */
function stateFolder(stateHome = ""): string {
  return isAbsolute(stateHome) ? stateHome : join(homedir(), ".local", "state");
}

const READABLE_LENGTH = 40;

/** One that people recognise and file systems take, whatever is in the text and however long it is. */
function nameOfFolder(text: string): string {
  const readable = text
    .replace(/^\w+:\/\//, "")
    .replace(/[^A-Za-z0-9-]+/g, "_")
    .slice(0, READABLE_LENGTH);
  return `${readable}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}
