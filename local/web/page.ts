import { globSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { WEB_PAGE } from "../../wiring/build-directories.ts";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import { webPagePolicy } from "../../wiring/web-page-policy.ts";
import type { RequestHandler } from "../http/server.ts";
import { StartError } from "../util/start-error.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

/** As where it is deployed; every gateway has a port of its own. */
function policyOf(config: WebPageConfig): string {
  const issuer = config.signIn === "oidc" ? [new URL(config.issuer).origin] : [];
  return webPagePolicy(["ws://127.0.0.1:*", "ws://localhost:*", ...issuer]);
}

/** Serves the built page. All of it is in memory: another start may be building it anew. */
export function createWebPage(config: WebPageConfig): RequestHandler {
  const files = readPage(config);
  const policy = policyOf(config);
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const [path = "/"] = (request.url ?? "/").split("?");
    const name = path === "/" ? "index.html" : path.slice(1);
    const body = files.get(name);
    if (body === undefined) return false;
    response.writeHead(200, {
      "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
      "Content-Length": body.length,
      // The names of assets change with their content.
      "Cache-Control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  };
}

function readPage(config: WebPageConfig): ReadonlyMap<string, Buffer> {
  const names = globSync("**/*.*", { cwd: WEB_PAGE });
  if (!names.includes("index.html"))
    throw new StartError(`There is no web page in ${WEB_PAGE}: wiring/build-web-page.ts makes it.`);
  return new Map([
    ...names.map((name): [string, Buffer] => [name.replaceAll(sep, "/"), readFileSync(join(WEB_PAGE, name))]),
    [WEB_PAGE_CONFIG_FILE, Buffer.from(JSON.stringify(config))],
  ]);
}
