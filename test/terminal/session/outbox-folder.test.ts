import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { fileStorage } from "../../../client/src/node.ts";
import { outboxFolder } from "../../../terminal/session/outbox-folder.ts";
import { releasable } from "../../../terminal/session/storage-release.ts";
import { temporaryFolder } from "../../support/process.ts";

const LOCAL = "http://127.0.0.1:4510";

test("every user of every Parley has a folder of their own, which others cannot read", () => {
  const home = temporaryFolder();
  const folder = outboxFolder({ parley: LOCAL, user: "alice" }, home);
  expect(relative(home, folder)).toMatch(/^parley\/127_0_0_1_4510-[0-9a-f]{12}\/alice-[0-9a-f]{12}$/);
  expect(statSync(folder).mode & 0o077).toBe(0);
  const folders = [
    outboxFolder({ parley: LOCAL, user: "alice" }, home),
    outboxFolder({ parley: LOCAL, user: "Alice" }, home),
    outboxFolder({ parley: "wss://x.example/dev", user: "alice" }, home),
    outboxFolder({ parley: LOCAL, user: "../../etc" }, home),
    outboxFolder({ parley: LOCAL, user: "é".repeat(128) }, home),
  ];
  expect(folders[0]).toBe(folder);
  expect(new Set(folders.map((path) => path.toLowerCase())).size).toBe(folders.length);
  for (const path of folders) expect(dirname(dirname(path))).toBe(join(home, "parley"));
  for (const path of folders) expect(basename(path).length).toBeLessThan(60);
});

test("the process may end when the client has let go of its own claim, not of others'", async () => {
  const folder = temporaryFolder();
  const { storage, released } = releasable(fileStorage(folder));
  let mayEnd = false;
  void released.then(() => {
    mayEnd = true;
  });
  const own = await storage.claim("own");
  const other = await storage.claim("other");
  other?.();
  await Promise.resolve();
  expect(mayEnd).toBe(false);
  own?.();
  await released;
  // And nothing is left of it.
  expect(readdirSync(folder)).toEqual([]);
});
