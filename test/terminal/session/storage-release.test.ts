import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { fileStorage } from "../../../client/src/node.ts";
import { releasable } from "../../../terminal/session/storage-release.ts";
import { temporaryFolder } from "../../support/process.ts";

test("storage counts as released once the client releases its own claim, not claims it took over", async () => {
  const folder = temporaryFolder();
  const { storage, released } = releasable(fileStorage(folder));
  let isReleased = false;
  void released.then(() => {
    isReleased = true;
  });
  const own = await storage.claim("own");
  const other = await storage.claim("other");
  other?.();
  await Promise.resolve();
  expect(isReleased).toBe(false);
  own?.();
  await released;
  // No file is left behind.
  expect(readdirSync(folder)).toEqual([]);
});
