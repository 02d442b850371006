import { type AddressInfo, createServer } from "node:net";

/** Returns a free port whose successor is free too, for tests that must know both before they are taken. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await bindOnce(0);
    const isNextFree = await bindOnce(port + 1).then(
      () => true,
      () => false,
    );
    if (isNextFree) return port;
  }
}

/** Binds and releases a port, and returns it. */
function bindOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
