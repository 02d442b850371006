import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installExample, typeErrors } from "../support/installed.ts";

test("with the library as it is published the types are right, and it is built", async () => {
  const app = await installExample("react");
  expect(typeErrors(app)).toBe("");
  const built = execFileSync(process.execPath, [join(app, "node_modules/vite/bin/vite.js"), "build"], {
    cwd: app,
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(built).toMatch(/dist\/assets\/index-.*\.js/);
});
