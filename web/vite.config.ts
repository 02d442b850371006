import { defineConfig } from "vite";
import { WEB_PAGE } from "../wiring/web-page-directory.ts";

export default defineConfig({
  root: import.meta.dirname,
  // Also below a path of somebody's site.
  base: "./",
  build: { outDir: WEB_PAGE, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
