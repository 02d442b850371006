import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClientStorage } from "./api/storage.ts";

const VALUE = ".json";
const LOCK = ".pid";
const POLL_MS = 1_000;
/** A holder touches its file this often: after its death another process may have got the same id. */
const HEARTBEAT_MS = 10_000;
const DEAD_AFTER_MS = 60_000;
/** Locks of this process, by path. Its id alone proves nothing: in a container every process may be number 1. */
const heldLocks = new Map<string, NodeJS.Timeout>();

/**
 * Keeps unsent entries in a folder, one file per conversation, for Node programs. Any number of processes of one machine
 * may share the folder; nothing else should use it.
 */
export function fileStorage(folder: string): ClientStorage {
  // Hashed, because keys may be longer than file names.
  const pathOf = (name: string, ending: string) =>
    join(folder, createHash("sha256").update(name).digest("hex") + ending);
  const writes = new Map<string, Promise<void>>();

  return {
    async read(prefix) {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(VALUE));
      const texts = await Promise.all(
        names.map((name) => readFile(join(folder, name), "utf8").catch(ignoreMissing)),
      );
      const pairs = texts.flatMap((text) =>
        text === undefined ? [] : [JSON.parse(text) as [string, string]],
      );
      return pairs.filter(([key]) => key.startsWith(prefix));
    },

    write(key, value) {
      const before = writes.get(key) ?? Promise.resolve();
      const write = () =>
        writeAtomically(pathOf(key, VALUE), value === null ? null : JSON.stringify([key, value]));
      const written = before.then(write, write);
      writes.set(key, written);
      const settle = () => {
        if (writes.get(key) === written) writes.delete(key);
      };
      written.then(settle, settle);
      return written;
    },

    async claim(name, wait) {
      await mkdir(folder, { recursive: true });
      const path = pathOf(name, LOCK);
      for (;;) {
        // Released synchronously: the process may be about to end.
        if (await takeLock(path)) return () => release(path);
        if (wait === undefined || wait.aborted) return undefined;
        await pause(POLL_MS, wait);
      }
    },
  };
}

/** Writes a file completely or not at all, even if the machine stops. */
async function writeAtomically(path: string, text: string | null): Promise<void> {
  if (text === null) {
    await rm(path, { force: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Takes a lock file unless a live process holds it. Returns false if one does. */
async function takeLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    const beat = () => void utimes(path, new Date(), new Date()).catch(() => {});
    heldLocks.set(path, setInterval(beat, HEARTBEAT_MS).unref());
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
  if (heldLocks.has(path) || (await isHeldByOther(path))) return false;
  await rm(path, { force: true });
  return takeLock(path);
}

function release(path: string): void {
  if (!heldLocks.has(path)) return;
  clearInterval(heldLocks.get(path));
  heldLocks.delete(path);
  rmSync(path, { force: true });
}

async function isHeldByOther(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, "utf8").catch(ignoreMissing));
  if (!(holder > 0) || holder === process.pid || !isRunning(holder)) return false;
  const seen = await stat(path).catch(ignoreMissing);
  return seen !== undefined && Date.now() - seen.mtimeMs < DEAD_AFTER_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    // Must not keep the process alive.
    timer.unref();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function ignoreMissing(error: unknown): undefined {
  if (!isCode(error, "ENOENT")) throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
