import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StartError } from "../util/start-error.ts";

export const LOOPBACK = "127.0.0.1";

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/** Listens on loopback and nowhere else: everyone who reaches these ports gets tokens for any user. Returns the port. */
export async function listen(server: Server, port: number, host: string = LOOPBACK): Promise<number> {
  if (!isLoopbackHost(host)) {
    throw new StartError(
      `The local cloud gives tokens to everyone, so it listens on loopback only, not on ${host}.`,
    );
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== "EADDRINUSE") return error;
  return new StartError(
    `Port ${port} is in use: stop the program that uses it, or choose another port with --port.`,
  );
}
