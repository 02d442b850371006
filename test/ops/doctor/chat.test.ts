import { describe, expect, test } from "vitest";
import { checkChat } from "../../../ops/doctor/chat.ts";
import { deployment } from "../support/deployment.ts";

describe("the chat", () => {
  const states = (findings: Awaited<ReturnType<typeof checkChat>>) =>
    Object.fromEntries(findings.map(({ check, state }) => [check, state]));

  test("without anybody to try it with, nothing is called in order, and it says how to have it tried", async () => {
    const findings = await checkChat(
      deployment({ Issuer: "https://login.example.com/" }),
      async () => undefined,
    );
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(["skipped"]));
    expect(findings[0]?.detail).toContain("PARLEY_TOKEN_A");
  });

  test("when tokens cannot be had, that is what is wrong", async () => {
    const findings = await checkChat(deployment({}), async () => {
      throw new Error("no tokens today");
    });
    expect(states(findings)).toMatchObject({ "sign-in": "wrong", connect: "skipped", history: "skipped" });
    expect(findings[0]?.detail).toBe("no tokens today");
  });

  test("who was made for the visit is taken back, whatever went wrong; if that fails, it says so", async () => {
    let left = 0;
    const visitors = {
      a: { user: "a", token: "t" },
      b: { user: "b", token: "t" },
      cleanUp: async () => {
        left += 1;
        throw new Error("not allowed");
      },
    };
    const findings = await checkChat(deployment({ WebSocketUrl: "ws://127.0.0.1:1" }), async () => visitors);
    expect(left).toBe(1);
    expect(states(findings)).toMatchObject({ "sign-in": "ok", connect: "wrong", leaving: "wrong" });
  });
});
