import type { Client } from "../../client/src/index.ts";

/** Resolves when nothing waits for an answer any more. */
export function untilSent(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (client.pending().length === 0) resolve();
    };
    client.on("acknowledged", look);
    client.on("rejected", look);
    look();
  });
}
