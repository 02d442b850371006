import { globSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { WEB_PAGE } from "../../wiring/build-directories.ts";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import { type WebPageHeaders, webPageHeaders } from "../../wiring/web-page-policy.ts";
import type { RequestHandler } from "../http/server.ts";
import { StartError } from "../util/start-error.ts";
import type { LiveReload } from "./live-reload.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

export interface WebPage {
  readonly handler: RequestHandler;
  /** Serves the page as it is built now. */
  reload(): void;
}

/** Serves the built page. All of it is in memory, because another process may be building it. */
export function createWebPage(config: WebPageConfig, liveReload?: LiveReload): WebPage {
  const headers = headersOf(config);
  let files = readPage(config);
  const bodyOf = (name: string): Buffer | undefined => {
    const file = files.get(name);
    if (file === undefined || name !== "index.html" || liveReload === undefined) return file;
    return Buffer.from(liveReload.inject(file.toString("utf8")));
  };
  return {
    async handler(request, response) {
      if (request.method !== "GET" && request.method !== "HEAD") return false;
      const [path = "/"] = (request.url ?? "/").split("?");
      const name = path === "/" ? "index.html" : path.slice(1);
      const body = bodyOf(name);
      if (body === undefined) return false;
      response.writeHead(200, {
        "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
        "Content-Length": body.length,
        // The name of an asset changes with its content.
        "Cache-Control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        ...headers,
      });
      response.end(request.method === "HEAD" ? undefined : body);
      return true;
    },
    reload() {
      files = readPage(config);
      liveReload?.announce();
    },
  };
}

/** Returns the headers of a deployed page, with all ports of this machine: each gateway has its own. */
function headersOf(config: WebPageConfig): WebPageHeaders {
  const issuer = config.signIn === "oidc" ? [new URL(config.issuer).origin] : [];
  return webPageHeaders(["ws://127.0.0.1:*", "ws://localhost:*", ...issuer]);
}

function readPage(config: WebPageConfig): ReadonlyMap<string, Buffer> {
  const names = globSync("**/*.*", { cwd: WEB_PAGE });
  if (!names.includes("index.html"))
    throw new StartError(
      `The web page is missing in ${WEB_PAGE}: buildWebPage in wiring/build-web-page.ts builds it.`,
    );
  return new Map([
    ...names.map((name): [string, Buffer] => [name.replaceAll(sep, "/"), readFileSync(join(WEB_PAGE, name))]),
    [WEB_PAGE_CONFIG_FILE, Buffer.from(JSON.stringify(config))],
  ]);
}
