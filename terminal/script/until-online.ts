import type { Client } from "../../client/src/index.ts";

/** In sync: what there is on the server is known. */
export function untilOnline(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.on("state", (state) => {
      if (state !== "online") return;
      stop();
      resolve();
    });
  });
}
