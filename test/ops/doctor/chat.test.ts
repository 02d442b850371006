import { describe, expect, test } from "vitest";
import { checkChat } from "../../../ops/doctor/chat.ts";
import { deployment } from "../support/deployment.ts";

describe("the chat check", () => {
  const states = (results: Awaited<ReturnType<typeof checkChat>>) =>
    Object.fromEntries(results.map(({ check, state }) => [check, state]));

  test("skips every step if there are no test users, and says how to provide tokens", async () => {
    const results = await checkChat(
      deployment({ Issuer: "https://login.example.com/" }),
      async () => undefined,
    );
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(["skipped"]));
    expect(results[0]?.detail).toContain("PARLEY_TOKEN_A");
  });

  test("fails at sign-in if there are no tokens, and skips the rest", async () => {
    const results = await checkChat(deployment({}), async () => {
      throw new Error("no tokens today");
    });
    expect(states(results)).toMatchObject({ "sign-in": "wrong", connect: "skipped", history: "skipped" });
    expect(results[0]?.detail).toBe("no tokens today");
  });

  test("removes its test users even if a step failed, and reports if it cannot", async () => {
    let left = 0;
    const users = {
      a: { user: "a", token: "t" },
      b: { user: "b", token: "t" },
      cleanUp: async () => {
        left += 1;
        throw new Error("not allowed");
      },
    };
    const results = await checkChat(deployment({ WebSocketUrl: "ws://127.0.0.1:1" }), async () => users);
    expect(left).toBe(1);
    expect(states(results)).toMatchObject({ "sign-in": "ok", connect: "wrong", "clean-up": "wrong" });
  });
});
