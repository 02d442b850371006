import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // The page may be served below any path of a site.
  base: "./",
  // wiring/build-web-page.ts sets the output folder.
  build: { emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
