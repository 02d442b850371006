import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Also below a path of somebody's site.
  base: "./",
  // Where to is wiring/build-web-page.ts's to say.
  build: { emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
