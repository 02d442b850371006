import { type AddressInfo, createServer } from "node:net";

/** A port that is free, and so is the one after it: for somebody who must know them before they are taken. */
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

/** Resolves to the port that was bound, and is free again. */
function bindOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
