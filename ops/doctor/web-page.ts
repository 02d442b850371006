import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import { type CheckResult, errorLine, failed, passed } from "./check-result.ts";
import { fetchOk } from "./fetch-ok.ts";

const CHECK = "web page";
const DEPLOY =
  "The page is part of the stack: deploy again. If it still fails, read the log group with WebUploadLogs in its name.";

/** Checks that the web page is up and connects to this chat. Returns no result if the stack has no page. */
export async function checkPage(deployment: Deployment): Promise<readonly CheckResult[]> {
  const url = deployment.outputs.WebUrl;
  if (url === undefined) return [];
  try {
    const startedAt = performance.now();
    const [, config] = await Promise.all([fetchOk(url), fetchOk(new URL(WEB_PAGE_CONFIG_FILE, url).href)]);
    const page = (await config.json()) as WebPageConfig;
    const actual = page.signIn === "oidc" ? page.webSocketUrl : "nowhere";
    return actual === outputOf(deployment, "WebSocketUrl")
      ? [passed(CHECK, url, performance.now() - startedAt)]
      : [failed(CHECK, `${url} connects to another chat: ${actual}`, DEPLOY)];
  } catch (error) {
    return [failed(CHECK, `${url} does not answer (${errorLine(error)})`, DEPLOY)];
  }
}
