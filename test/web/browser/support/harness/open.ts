import { join } from "node:path";
import type { Page } from "playwright-core";
import { build } from "vite";
import type { Drawing, DrawnEntry } from "./drawing.ts";

const URL = "https://harness.test/";

export interface Harness {
  /** Shows these entries instead of those before. */
  draw(entries: readonly DrawnEntry[]): Promise<void>;
  /** Returns what is seen of them. */
  look(): Promise<Drawing>;
}

/** Opens a page that shows entries without a server. */
export async function openHarness(page: Page): Promise<Harness> {
  const output = await build({
    configFile: false,
    logLevel: "error",
    root: import.meta.dirname,
    build: {
      write: false,
      minify: false,
      cssCodeSplit: false,
      assetsInlineLimit: 1_000_000,
      rolldownOptions: { input: join(import.meta.dirname, "main.tsx") },
    },
  });
  const files = [output].flat().flatMap((bundle) => ("output" in bundle ? bundle.output : []));
  const script = files.find((file) => file.type === "chunk" && file.isEntry);
  const style = files.find(({ fileName }) => fileName.endsWith(".css"));
  if (script?.type !== "chunk" || style?.type !== "asset") throw new Error("the harness was not built");
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <link rel="stylesheet" href="style.css"><div id="app"></div><script type="module" src="main.js"></script>`;
  await page.route(`${URL}**`, (route) => {
    const { pathname } = new globalThis.URL(route.request().url());
    if (pathname === "/") return route.fulfill({ contentType: "text/html", body: html });
    if (pathname === "/main.js") return route.fulfill({ contentType: "text/javascript", body: script.code });
    if (pathname === "/style.css")
      return route.fulfill({ contentType: "text/css", body: String(style.source) });
    return route.fulfill({ status: 404 });
  });
  await page.goto(URL);
  await page.waitForFunction("'look' in window");
  return {
    draw: (entries) => page.evaluate((all) => (window as unknown as Harness).draw(all), entries),
    look: () => page.evaluate(() => (window as unknown as Harness).look()),
  };
}
