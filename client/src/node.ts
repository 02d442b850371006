import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClientStorage } from "./api/storage.ts";

const KEPT = ".json";
const HELD = ".pid";
const LOOK_AGAIN_MS = 1_000;
/** A holder shows that it lives; of one that does not, another process may have the id by now. */
const SHOW_LIFE_MS = 10_000;
const DEAD_AFTER_MS = 60_000;
/** What this process holds: the id alone may be that of one before it, as in a container, where all are number 1. */
const held = new Map<string, NodeJS.Timeout>();

/**
 * Keeps what waits to be sent in a folder of its own, a file for each conversation; for programs. Any number of
 * processes of one machine may share it.
 */
export function fileStorage(folder: string): ClientStorage {
  // Keys are longer than names of files may be.
  const pathOf = (name: string, ending: string) =>
    join(folder, createHash("sha256").update(name).digest("hex") + ending);
  const writes = new Map<string, Promise<void>>();

  return {
    async read(prefix) {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(KEPT));
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
      const write = () => writeWhole(pathOf(key, KEPT), value === null ? null : JSON.stringify([key, value]));
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
      const path = pathOf(name, HELD);
      for (;;) {
        // Now: whoever lets go may be about to end.
        if (await take(path)) return () => letGo(path);
        if (wait === undefined || wait.aborted) return undefined;
        await pause(LOOK_AGAIN_MS, wait);
      }
    },
  };
}

/** Whole or not at all, also when the machine stops. */
async function writeWhole(path: string, text: string | null): Promise<void> {
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

/** A holder is a process; one that runs no more holds nothing. */
async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    const showLife = () => void utimes(path, new Date(), new Date()).catch(() => {});
    held.set(path, setInterval(showLife, SHOW_LIFE_MS).unref());
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
  if (held.has(path) || (await isHeldByAnother(path))) return false;
  await rm(path, { force: true });
  return take(path);
}

function letGo(path: string): void {
  if (!held.has(path)) return;
  clearInterval(held.get(path));
  held.delete(path);
  rmSync(path, { force: true });
}

async function isHeldByAnother(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, "utf8").catch(ignoreMissing));
  if (!(holder > 0) || holder === process.pid || !runs(holder)) return false;
  const seen = await stat(path).catch(ignoreMissing);
  return seen !== undefined && Date.now() - seen.mtimeMs < DEAD_AFTER_MS;
}

function runs(pid: number): boolean {
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
    // Nobody stays for that alone.
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
