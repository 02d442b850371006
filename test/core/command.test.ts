import { expect, test } from "vitest";
import { answerCommand } from "../../functions/core/command.ts";
import type { Request } from "../../functions/core/request.ts";
import { COMMANDS, type ServerFrame } from "../../protocol/index.ts";
import { ROUTES, type RouteSpec } from "../../wiring/manifest.ts";
import { MemoryInbox } from "../support/memory-ports.ts";
import { commandDeps, commandRequest, signal, storeWithConversations } from "./support/command-setup.ts";

const routes: Readonly<Record<string, RouteSpec>> = ROUTES;

test.for(Object.keys(COMMANDS))("the command %s has a route that sends its reply back", (type) => {
  expect(routes[type]).toEqual({ function: "command", response: true });
});

test("a failing store is answered with a temporary error that names the request", async () => {
  const { store } = storeWithConversations([[1]]);
  const failing = {
    ...commandDeps(store),
    inbox: new MemoryInbox(store, () => Promise.reject(new Error("down"))),
  };
  const answer = await answerCommand(
    failing,
    commandRequest({ type: "sync", id: "r9", cursors: {} }),
    signal,
  );
  expect(answer).toMatchObject({ type: "reply", id: "r9", error: { code: "unavailable", temporary: true } });
});

test.each<[string, object | string, Partial<Request>, Partial<ServerFrame>]>([
  [
    "a frame of an expired token",
    { type: "ping" },
    { receivedAtMs: 10_000 },
    { error: { code: "unauthenticated" } } as never,
  ],
  [
    "a message that is not text",
    { type: "ping" },
    { text: undefined },
    { error: { code: "malformed" } } as never,
  ],
  [
    "a send frame on the wrong route",
    { type: "send", to: { user: "bob" }, entries: [{ id: "e1", kind: "x.a", body: 1 }] },
    {},
    { ids: ["e1"] } as never,
  ],
])("%s is answered with an error", async (_, frame, over, expected) => {
  const { store } = storeWithConversations([]);
  const answer = await answerCommand(commandDeps(store), commandRequest(frame, over), signal);
  expect(answer).toMatchObject({ type: "error", ...expected });
});
