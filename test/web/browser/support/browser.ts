import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/** Arguments for a headless browser on a developer's machine; the package's others are for Lambda's sandbox. */
const ARGS = ["--headless=shell", "--no-sandbox", "--no-zygote", "--disable-dev-shm-usage"];

/**
 * Launches a real Chromium. On Linux x64 it comes from an npm package, so nothing has to be installed; elsewhere
 * PARLEY_CHROMIUM is the path of one.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.PARLEY_CHROMIUM ?? (await chromium.executablePath());
  try {
    return await playwright.launch({ executablePath, args: ARGS });
  } catch (error) {
    if (!String(error).includes("error while loading shared libraries")) throw error;
    // A machine without a desktop lacks libraries that Chromium links with: the package has them too.
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

/** Returns the path under which a screenshot is kept for people to look at. */
export function screenshotFile(name: string): string {
  mkdirSync(SCREENSHOTS, { recursive: true });
  return join(SCREENSHOTS, `${name}.png`);
}
