import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";

/** Rejects when whoever serves the page serves no configuration with it. */
export async function loadPageConfig(): Promise<WebPageConfig> {
  const response = await fetch(WEB_PAGE_CONFIG_FILE, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${WEB_PAGE_CONFIG_FILE} answered ${response.status}`);
  return (await response.json()) as WebPageConfig;
}
