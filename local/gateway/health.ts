import type { RequestHandler } from "../http/server.ts";
import type { Gateway } from "./gateway.ts";

/** Returns a function that returns the URLs of running gateways in turn; undefined while none is running. */
export function roundRobin(gateways: readonly Gateway[]): () => string | undefined {
  let turn = 0;
  return () => {
    const running = gateways.filter((gateway) => gateway.running);
    return running[turn++ % running.length]?.url;
  };
}

/** Answers `GET /healthz` with the state of the gateways. */
export function createHealthCheck(gateways: readonly Gateway[]): RequestHandler {
  return async (request, response) => {
    if (request.method !== "GET" || request.url !== "/healthz") return false;
    const list = gateways.map(({ name, url, running }) => ({ name, url, running }));
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "ok", gateways: list }));
    return true;
  };
}
