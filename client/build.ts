import { join } from "node:path";
import { bundleClient, gzippedBytes, writePackage } from "./bundle.ts";

writePackage(join(import.meta.dirname, "dist"));
for (const [entry, script] of bundleClient())
  console.log(`${entry}.js  ${gzippedBytes(script)} bytes gzipped`);
