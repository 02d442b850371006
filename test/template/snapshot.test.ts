import { expect, test } from "vitest";
import { synthesize } from "./synthesized.ts";

const { template } = synthesize();

test("the template of dev is the one that was reviewed", async () => {
  await expect(`${JSON.stringify(template.toJSON(), null, 2)}\n`).toMatchFileSnapshot(
    "__snapshots__/dev.json",
  );
});
