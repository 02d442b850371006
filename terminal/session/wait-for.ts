import type { Client } from "../../client/src/index.ts";

/** Resolves when no message is pending. */
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

/** Says what happens to messages that are not sent at exit. */
export function unsentNotice(count: number, kept: boolean): string {
  const [are, were, them] = count === 1 ? ["is", "was", "it"] : ["are", "were", "them"];
  const messages = count === 1 ? "1 message" : `${count} messages`;
  return kept
    ? `${messages} ${are} not sent yet; the next chat sends ${them}`
    : `${messages} ${were} not sent and ${are} lost`;
}

/** Resolves when the client is in sync with the server. */
export function untilOnline(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.on("state", (state) => {
      if (state !== "online") return;
      stop();
      resolve();
    });
  });
}
