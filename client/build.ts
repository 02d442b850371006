import { join } from "node:path";
import { gzippedBytes, writePackage } from "./bundle.ts";

for (const [entry, script] of await writePackage(join(import.meta.dirname, "dist")))
  console.log(`${entry}.js  ${gzippedBytes(script)} bytes gzipped`);
