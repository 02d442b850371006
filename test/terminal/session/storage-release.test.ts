import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { fileStorage } from "../../../client/src/node.ts";
import { releasable } from "../../../terminal/session/storage-release.ts";
import { temporaryFolder } from "../../support/process.ts";

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
