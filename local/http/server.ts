import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isLoopbackHost, LOOPBACK, listen } from "./listen.ts";

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
  // DNS rebinding: a page of another site may reach loopback through a host name of that site.
  if (!isLoopbackHost(hostname(request.headers.host))) {
    response.writeHead(403).end();
    return;
  }
  for (const handler of handlers) if (await handler(request, response)) return;
  response.writeHead(404, { "Content-Type": "application/json" }).end('{"message":"Not found"}');
}

function hostname(host: string | undefined): string {
  const url = `http://${host ?? ""}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}
