import { type Deployment, outputOf } from "../../deployment/deployment.ts";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import { errorLine, type Finding, ok, wrong } from "./finding.ts";
import { get } from "./get.ts";

const CHECK = "web page";
const DEPLOY =
  "It comes with the stack: deploy again. The log group with WebUploadLogs in its name says more.";

/** Is it there, and does it lead to this chat? Nothing to look at where there is none. */
export async function checkPage(deployment: Deployment): Promise<readonly Finding[]> {
  const url = deployment.outputs.WebUrl;
  if (url === undefined) return [];
  try {
    const startedAt = performance.now();
    const [, config] = await Promise.all([get(url), get(new URL(WEB_PAGE_CONFIG_FILE, url).href)]);
    const page = (await config.json()) as WebPageConfig;
    const leadsTo = page.signIn === "oidc" ? page.webSocketUrl : "nowhere";
    return leadsTo === outputOf(deployment, "WebSocketUrl")
      ? [ok(CHECK, url, performance.now() - startedAt)]
      : [wrong(CHECK, `${url} leads to another chat: ${leadsTo}`, DEPLOY)];
  } catch (error) {
    return [wrong(CHECK, `${url} does not answer (${errorLine(error)})`, DEPLOY)];
  }
}
