// Plain JavaScript: an older Node must be able to read it to say what is missing.
import { existsSync } from "node:fs";

if (!existsSync(new URL("../node_modules", import.meta.url))) {
  console.error("Run `npm ci` first.");
  process.exit(1);
}
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Parley needs Node 22.18 or newer; this is ${process.version}. On Linux and Windows \`npm install\` brings ` +
      "Node 24 for the npm scripts (an optional dependency: do not use --omit=optional); elsewhere install it from nodejs.org.",
  );
  process.exit(1);
}
