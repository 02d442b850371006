import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Serves these documents by path until the test ends, and returns the URL; `ISSUER` in them is that URL. */
export async function serveJson(documents: Readonly<Record<string, object>>): Promise<string> {
  const server = createServer((request, response) => {
    const document = documents[request.url ?? ""];
    response.writeHead(document === undefined ? 404 : 200);
    response.end(JSON.stringify(document ?? {}).replaceAll("ISSUER", url));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}
