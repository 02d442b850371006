import { expect, test } from "vitest";
import { synthesize } from "./synthesized.ts";

const { template } = synthesize();

test("the template of dev matches the reviewed one", async () => {
  await expect(`${JSON.stringify(template.toJSON(), null, 2)}\n`).toMatchFileSnapshot(
    "__snapshots__/dev.json",
  );
});
