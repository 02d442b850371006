import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/** Those of the package that a headless browser on one's own machine needs; the rest is for Lambda's sandbox. */
const ARGS = ["--headless=shell", "--no-sandbox", "--no-zygote", "--disable-dev-shm-usage"];

/**
 * A real Chromium, out of an npm package for Linux on x64: nothing has to be installed. Elsewhere PARLEY_CHROMIUM says where
 * one is.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.PARLEY_CHROMIUM ?? (await chromium.executablePath());
  try {
    return await playwright.launch({ executablePath, args: ARGS });
  } catch (error) {
    if (!String(error).includes("error while loading shared libraries")) throw error;
    // A machine without a desktop: the package has what Chromium links with, too.
    const bin = join(import.meta.dirname, "../../../../node_modules/@sparticuz/chromium/bin");
    await inflate(join(bin, "al2023.tar.br"));
    const env = { ...process.env, LD_LIBRARY_PATH: join(tmpdir(), "al2023", "lib") } as Record<
      string,
      string
    >;
    return await playwright.launch({ executablePath, args: ARGS, env });
  }
}

const SCREENSHOTS = join(import.meta.dirname, "../../../../.parley/screenshots");

/** Where a picture of this name is kept for people to look at. */
export function screenshotFile(name: string): string {
  mkdirSync(SCREENSHOTS, { recursive: true });
  return join(SCREENSHOTS, `${name}.png`);
}
