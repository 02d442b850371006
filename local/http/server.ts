import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Pages, refusalOf } from "./access.ts";
import { LOOPBACK, listen } from "./listen.ts";

/** Answers a request and returns true, or returns false to leave it to the next handler. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the cloud's own HTTP server. `handlers` may be filled after the start: the URL is known only then. */
export async function startHttpServer(
  port: number,
  handlers: readonly RequestHandler[],
  log: (line: string) => void,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(handlers, request, response).catch((error: unknown) => {
      log(`${request.method} ${request.url} failed: ${String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const bound = await listen(server, port);
  return {
    port: bound,
    url: `http://${LOOPBACK}:${bound}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  handlers: readonly RequestHandler[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refusal = refusalOf(request, pagesOf);
  if (refusal !== undefined) {
    const { status, message } = refusal;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ message }));
    return;
  }
  for (const handler of handlers) if (await handler(request, response)) return;
  response.writeHead(404, { "Content-Type": "application/json" }).end('{"message":"Not found"}');
}

/** Pages of development servers get tokens here; none calls what stands in for AWS. Anything else is for our own page. */
function pagesOf(path: string): Pages {
  if (path === "/token" || path.startsWith("/.well-known/")) return "local";
  return path.startsWith("/2015-03-31/") || path.includes("/@connections/") ? "none" : "own";
}
