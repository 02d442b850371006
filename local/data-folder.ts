import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readPid } from "./util/read-pid.ts";
import { StartError } from "./util/start-error.ts";

/** Paths of a persistent cloud's data, all below one folder, which one process uses at a time. */
export interface DataFolder {
  readonly path: string;
  readonly dynamodb: string;
  readonly messaging: string;
  readonly issuerKeys: string;
  readonly functionLog: string;
  release(): void;
}

/**
 * Opens the folder and locks it. The operating system holds the lock for SQLite and releases it whenever the process
 * ends, even by kill -9, so there are no stale locks.
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    throw new StartError(`${path} cannot be used as data folder (${code}). Choose another one with --data.`);
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

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: unknown }).errcode === SQLITE_BUSY;
}
