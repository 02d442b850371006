import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "./cost/generated-pages.ts";
import { regenerate } from "./cost/regenerate.ts";

// npm run pages: writes the generated parts of docs/cost.md and docs/scaling.md.

for (const [path, parts] of Object.entries(PAGES)) {
  const file = join(import.meta.dirname, "..", path);
  const page = readFileSync(file, "utf8");
  const made = regenerate(page, parts);
  if (made !== page) writeFileSync(file, made);
  console.log(`${path}: ${made === page ? "unchanged" : "written"}`);
}
