import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";

/** Loads the configuration served beside the page. Rejects if there is none. */
export async function loadPageConfig(): Promise<WebPageConfig> {
  const response = await fetch(WEB_PAGE_CONFIG_FILE, { cache: "no-cache" });
  if (!response.ok) throw new Error(`loading ${WEB_PAGE_CONFIG_FILE} failed with status ${response.status}`);
  return (await response.json()) as WebPageConfig;
}
