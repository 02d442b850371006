import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { newUser } from "./support/target.ts";

const APP = "https://app.example.com";
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ allowedOrigins: [APP] });
});
afterAll(() => embedded.cloud.stop());

/** Returns the status of the handshake, with the headers a browser sends for a page of that origin. */
async function handshake(origin: string | undefined): Promise<number> {
  const token = await embedded.target.mintToken(newUser("alice"));
  const headers = origin === undefined ? {} : { Origin: origin };
  const socket = new WebSocket(embedded.target.urls[0] ?? "", ["parley.v1", token], { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => {
      socket.close();
      resolve(101);
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once("error", reject);
  });
}

test("pages of other sites cannot connect, even with a valid token; the log says why", async () => {
  expect(await handshake(APP)).toBe(101);
  expect(await handshake("https://evil.example.com")).toBe(403);
  expect(embedded.logs.filter((line) => line.includes("an origin that is not allowed"))).toHaveLength(1);
});

test("a client that is not a browser connects without an origin", async () => {
  expect(await handshake(undefined)).toBe(101);
});
