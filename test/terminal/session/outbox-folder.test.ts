import { statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { outboxFolder } from "../../../terminal/session/outbox-folder.ts";
import { temporaryFolder } from "../../support/process.ts";

const LOCAL = "http://127.0.0.1:4510";

test("each user of each deployment has their own folder, which other users of the machine cannot read", () => {
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
