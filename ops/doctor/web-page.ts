import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import { type CheckResult, errorLine, failed, passed } from "./check-result.ts";
import { fetchOk } from "./fetch-ok.ts";

const CHECK = "web page";
const DEPLOY =
  "It comes with the stack: deploy again. The log group with WebUploadLogs in its name says more.";

/** Is it there, and does it lead to this chat? Nothing to look at where there is none. */
export async function checkPage(deployment: Deployment): Promise<readonly CheckResult[]> {
  const url = deployment.outputs.WebUrl;
  if (url === undefined) return [];
  try {
    const startedAt = performance.now();
    const [, config] = await Promise.all([fetchOk(url), fetchOk(new URL(WEB_PAGE_CONFIG_FILE, url).href)]);
    const page = (await config.json()) as WebPageConfig;
    const leadsTo = page.signIn === "oidc" ? page.webSocketUrl : "nowhere";
    return leadsTo === outputOf(deployment, "WebSocketUrl")
      ? [passed(CHECK, url, performance.now() - startedAt)]
      : [failed(CHECK, `${url} leads to another chat: ${leadsTo}`, DEPLOY)];
  } catch (error) {
    return [failed(CHECK, `${url} does not answer (${errorLine(error)})`, DEPLOY)];
  }
}
