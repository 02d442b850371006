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
  const [messages, them] = count === 1 ? ["1 message is", "it"] : [`${count} messages are`, "them"];
  return kept
    ? `${messages} not sent yet; the next chat sends ${them}`
    : `${messages} lost, because not sent yet`;
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
