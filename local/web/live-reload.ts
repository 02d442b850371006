import { randomUUID } from "node:crypto";
import type { RequestHandler } from "../http/server.ts";

const SCRIPT_PATH = "/local/reload.js";
const EVENTS_PATH = "/local/reload";

/** Runs in the page. The version in its own address is the one that the page was served with. */
const SCRIPT = `const version = new URL(import.meta.url).searchParams.get("version");
new EventSource("local/reload").onmessage = ({ data }) => data !== version && location.reload();
`;

/** Tells open pages when the page has been rebuilt, for `npm start -- --watch`. No part of it is in the built page. */
export class LiveReload {
  readonly #listeners = new Set<(version: string) => void>();
  /** Random, so that a page that outlives a restart of the cloud reloads too. */
  #version = randomUUID();

  /** Starts a new version: pages that were served with another one reload. */
  announce(): void {
    this.#version = randomUUID();
    for (const listener of this.#listeners) listener(this.#version);
  }

  /** Adds the script to the page. It is a file, because the page's Content-Security-Policy allows no inline script. */
  inject(html: string): string {
    const script = `<script type="module" src=".${SCRIPT_PATH}?version=${this.#version}"></script>`;
    return html.replace("</head>", `  ${script}\n  </head>`);
  }

  /** `GET /local/reload.js` is the script, `GET /local/reload` the versions as server-sent events: the present one first. */
  readonly handler: RequestHandler = async (request, response) => {
    const [path] = (request.url ?? "/").split("?");
    if (request.method !== "GET" || (path !== SCRIPT_PATH && path !== EVENTS_PATH)) return false;
    if (path === SCRIPT_PATH) {
      const headers = { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-store" };
      response.writeHead(200, headers).end(SCRIPT);
      return true;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const send = (version: string) => void response.write(`data: ${version}\n\n`);
    send(this.#version);
    this.#listeners.add(send);
    response.on("close", () => this.#listeners.delete(send));
    return true;
  };
}
