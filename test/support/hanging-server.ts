import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts a server that accepts every request and never answers. */
export async function startHangingServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: Server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
