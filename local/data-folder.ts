import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./util/start-error.ts";

/** Where a persistent cloud keeps what; everything lies below one folder, which one process uses at a time. */
export interface DataFolder {
  readonly path: string;
  readonly dynamodb: string;
  readonly messaging: string;
  readonly issuerKeys: string;
  readonly functionLog: string;
  release(): void;
}

/**
 * Opens the folder and locks it. The lock is one the operating system holds for SQLite and drops when the
 * process ends in whatever way, so there are no stale locks to recognise.
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    throw new StartError(`${path} cannot be a data folder (${code}). Choose another one with --data.`);
  }
  const pidFile = join(path, "cloud.pid");
  const lock = new DatabaseSync(join(path, "lock.db"), { timeout: 0 });
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StartError(
      `Another Parley cloud (process ${readPid(pidFile) ?? "unknown"}) uses this folder: ${path}. ` +
        "Stop it, or choose another folder with --data.",
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    path,
    dynamodb: join(path, "dynamodb"),
    messaging: join(path, "messaging"),
    issuerKeys: join(path, "issuer-keys.json"),
    functionLog: join(path, "functions.log"),
    release() {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

/** The process id a file records, if there is such a file. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: unknown }).errcode === SQLITE_BUSY;
}
