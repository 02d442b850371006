import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type ClientStorage, type StorageArea, webStorage } from "../../client/src/index.ts";
import { indexedDbStorage } from "../../client/src/indexeddb.ts";
import { fileStorage } from "../../client/src/node.ts";
import { MemoryStorage } from "./support/memory-storage.ts";

class Area implements StorageArea {
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }
}

const folder = () => mkdtempSync(join(tmpdir(), "parley-client-"));

/** Two who share what is kept. */
const STORAGES: [string, () => [ClientStorage, ClientStorage]][] = [
  [
    "Web Storage",
    () => {
      const area = new Area();
      return [webStorage(area), webStorage(area)];
    },
  ],
  [
    "IndexedDB",
    () => {
      const name = randomUUID();
      return [indexedDbStorage(name), indexedDbStorage(name)];
    },
  ],
  [
    "files",
    () => {
      const path = join(folder(), "not yet there");
      return [fileStorage(path), fileStorage(path)];
    },
  ],
  [
    "the one of the other tests",
    () => {
      const shared = new MemoryStorage();
      return [shared.life(), shared.life()];
    },
  ],
];

describe.each(STORAGES)("a storage: %s", (_, create) => {
  test("gives back what was written last, by prefix, to all who share it", async () => {
    const [one, other] = create();
    expect(await one.read("")).toEqual([]);
    await Promise.all([
      one.write("a:1", "first"),
      one.write("a:1", "second"),
      one.write("a:ü/2", '{"text":"…"}'),
      one.write("b:1", "else"),
      one.write("b:2", "gone"),
      one.write("b:2", null),
      one.write("never there", null),
    ]);
    expect(new Map(await other.read("a:"))).toEqual(
      new Map([
        ["a:1", "second"],
        ["a:ü/2", '{"text":"…"}'],
      ]),
    );
    expect(await other.read("b:")).toEqual([["b:1", "else"]]);
  });

  test("lets one hold a name; the next waits if it likes, and not beyond its signal", async () => {
    const [one, other] = create();
    const name = `held-${randomUUID()}`;
    const release = await one.claim(name);
    expect(release).toBeTypeOf("function");
    expect(await other.claim(name)).toBeUndefined();
    const stop = new AbortController();
    const inVain = other.claim(name, stop.signal);
    stop.abort();
    expect(await inVain).toBeUndefined();
    const waiting = other.claim(name, new AbortController().signal);
    release?.();
    const next = await waiting;
    expect(next).toBeTypeOf("function");
    next?.();
  });
});

describe("a name that was held in a file by a process that is gone is free", () => {
  /** The file of a name, as if another process had left it. */
  async function left(pid: number, ageMs: number) {
    const path = folder();
    const storage = fileStorage(path);
    const letGo = await storage.claim("name");
    const [file = ""] = readdirSync(path);
    letGo?.();
    writeFileSync(join(path, file), String(pid));
    const atSeconds = (Date.now() - ageMs) / 1000;
    utimesSync(join(path, file), atSeconds, atSeconds);
    return storage;
  }

  test.each([
    // No process has such a high id.
    ["at once, where its id is nobody's", 2_147_483_646, 0],
    // As in a container, where the process is number 1 in every life.
    ["at once, where its id is this process's own", process.pid, 0],
    ["after a minute without a sign of life, where its id is another's", process.ppid, 61_000],
  ])("%s", async (_, pid, ageMs) => {
    const storage = await left(pid, ageMs);
    expect(await storage.claim("name")).toBeTypeOf("function");
    expect(await storage.claim("name")).toBeUndefined();
  });

  test("and not while another lives", async () => {
    const storage = await left(process.ppid, 30_000);
    expect(await storage.claim("name")).toBeUndefined();
  });
});

test("where there are no Web Locks every claim succeeds", async () => {
  vi.stubGlobal("navigator", {});
  const storage = webStorage(new Area());
  expect(await storage.claim("name")).toBeTypeOf("function");
  expect(await storage.claim("name")).toBeTypeOf("function");
  vi.unstubAllGlobals();
});
