import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ClientStorage, type StorageArea, webStorage } from "../../../../client/src/index.ts";
import { indexedDbStorage } from "../../../../client/src/indexeddb.ts";
import { fileStorage } from "../../../../client/src/node.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";

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

/** Two storages with the same content. */
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
    "the storage of the other tests",
    () => {
      const shared = new MemoryStorage();
      return [shared.life(), shared.life()];
    },
  ],
];

describe.each(STORAGES)("a storage: %s", (_, create) => {
  test("returns the last values by prefix to everyone who shares it", async () => {
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

  test("lets one holder claim a name; another may wait for it, until its signal aborts", async () => {
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

describe("a claim in a file whose process is gone is free", () => {
  /** Writes the file of a claim as another process would have left it. */
  async function abandonedClaim(pid: number, ageMs: number) {
    const path = folder();
    const storage = fileStorage(path);
    const release = await storage.claim("name");
    const [file = ""] = readdirSync(path);
    release?.();
    writeFileSync(join(path, file), String(pid));
    const atSeconds = (Date.now() - ageMs) / 1000;
    utimesSync(join(path, file), atSeconds, atSeconds);
    return storage;
  }

  test.each([
    // No process has such a high id.
    ["at once if no process has its id", 2_147_483_646, 0],
    // As in a container, where the process is number 1 in every life.
    ["at once if this process has its id", process.pid, 0],
    ["after a minute without a heartbeat if another process has its id", process.ppid, 61_000],
  ])("%s", async (_, pid, ageMs) => {
    const storage = await abandonedClaim(pid, ageMs);
    expect(await storage.claim("name")).toBeTypeOf("function");
    expect(await storage.claim("name")).toBeUndefined();
  });

  test("but not while that process lives", async () => {
    const storage = await abandonedClaim(process.ppid, 30_000);
    expect(await storage.claim("name")).toBeUndefined();
  });
});

describe("without Web Locks that work", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const fail = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const NAVIGATORS: [string, object | undefined][] = [
    ["are missing", {}],
    ["have no navigator", undefined],
    ["are null", { locks: null }],
    ["throw on access", Object.defineProperty({}, "locks", { get: fail })],
    ["throw on use", { locks: { request: fail } }],
    ["reject", { locks: { request: () => Promise.reject(new DOMException("denied", "SecurityError")) } }],
  ];

  test.each(NAVIGATORS)("every claim succeeds if they %s", async (_, navigator) => {
    vi.stubGlobal("navigator", navigator);
    const storage = webStorage(new Area());
    expect(await storage.claim("name")).toBeTypeOf("function");
    expect(await storage.claim("name")).toBeTypeOf("function");
  });
});

test("Web Storage that may not be touched is touched only when it is used", async () => {
  const storage = webStorage(() => {
    throw new DOMException("denied", "SecurityError");
  });
  await expect(storage.read("")).rejects.toThrow("denied");
  await expect(storage.write("a", "b")).rejects.toThrow("denied");
  await expect(webStorage(() => null as unknown as Storage).read("")).rejects.toThrow("null");
  const area = new Area();
  await webStorage(() => area).write("a", "b");
  expect(await webStorage(area).read("")).toEqual([["a", "b"]]);
});

test("an IndexedDB storage does not keep another page from deleting its database, and starts anew", async () => {
  const name = randomUUID();
  const storage = indexedDbStorage(name);
  await storage.write("a", "b");
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onblocked = () => reject(new Error("blocked"));
  });
  expect(await storage.read("")).toEqual([]);
  await storage.write("a", "c");
  expect(await storage.read("")).toEqual([["a", "c"]]);
});
