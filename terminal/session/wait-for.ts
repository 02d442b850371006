import type { Client } from "../../client/src/index.ts";

/** Resolves when nothing waits for an answer any more. */
export function untilSent(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const resolveIfSent = () => {
      if (client.pending().length === 0) resolve();
    };
    client.on("acknowledged", resolveIfSent);
    client.on("rejected", resolveIfSent);
    resolveIfSent();
  });
}

/** The last words of who leaves before everything is sent. */
export function unsentNotice(count: number, kept: boolean): string {
  const what = count === 1 ? "1 message is" : `${count} messages are`;
  return kept ? `${what} not sent yet; the next chat sends what waits` : `${what} lost unsent`;
}

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
