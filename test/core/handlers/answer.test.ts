import { expect, test } from "vitest";
import { answerRoute } from "../../../functions/handlers/answer.ts";
import { decodeServerFrame } from "../../../protocol/index.ts";
import { commandRequest } from "../support/command-setup.ts";

const ANSWER = { type: "ack" as const, conversation: "c", epoch: 1, entries: [] };

/** Answers a frame of a route whose function's body goes back on the connection, or of one without a response. */
async function answer(route: "send" | "create", frame: typeof ANSWER | undefined) {
  const posted: unknown[] = [];
  const connections = {
    post: async (connection: string, posting: unknown) => {
      posted.push([connection, posting]);
      return "sent" as const;
    },
    close: async () => undefined,
  };
  const event = { requestContext: { routeKey: route } };
  const deps = { connections, respondingRoutes: new Set(["send"]) };
  const result = await answerRoute(deps, event, commandRequest("", { connection: "c1" }), frame);
  return { result, posted };
}

test("an answer is the function's body where the route has a response, which saves a call", async () => {
  const { result, posted } = await answer("send", ANSWER);
  expect(decodeServerFrame(result.body ?? "")).toEqual(ANSWER);
  expect(posted).toEqual([]);
});

test("an answer is posted where the route has no response", async () => {
  const { result, posted } = await answer("create", ANSWER);
  expect(result).toEqual({ statusCode: 200 });
  expect(posted).toEqual([["c1", ANSWER]]);
});

test("nothing is sent where there is no answer yet", async () => {
  for (const route of ["send", "create"] as const) {
    expect(await answer(route, undefined)).toEqual({ result: { statusCode: 200 }, posted: [] });
  }
});
