import { beforeEach, expect, test, vi } from "vitest";
import { stackDeployment } from "../../../deployment/stack.ts";
import type { Tokens } from "../../../deployment/user-pool/app-client.ts";
import { type UserPool, userPoolOf } from "../../../deployment/user-pool/user-pool.ts";
import { userPoolAccess } from "../../../terminal/access/user-pool-access.ts";
import type { ScriptedUserPool } from "../../support/scripted-user-pool.ts";
import { startUserPool, tokensOf } from "../../support/user-pool.ts";

const PASSWORD = "correct horse";

let users: ScriptedUserPool;
let pool: UserPool;

beforeEach(async () => {
  ({ users, pool } = await startUserPool());
});

const signal = new AbortController().signal;

test("the user id is the one in the token, not the one typed", async () => {
  users.add("alice", PASSWORD);
  const tokens = await tokensOf(pool, "alice", PASSWORD);
  const access = userPoolAccess(pool, tokens, "wss://x", "username");
  expect(access.user).toBe("alice");
  expect(await access.grant(signal)).toEqual({
    url: "wss://x",
    token: tokens.accessToken,
    expiresAtMs: tokens.expiresAtMs,
  });
  expect(() => userPoolAccess(pool, tokens, "wss://x", "sub")).toThrow('no claim "sub"');
});

test("a revoked sign-in is refused, and an unreachable Cognito is retried", async () => {
  users.add("alice", PASSWORD);
  const soon: Tokens = { ...(await tokensOf(pool, "alice", PASSWORD)), expiresAtMs: 0 };
  users.signedOut = true;
  await expect(userPoolAccess(pool, soon, "wss://x", "username").grant(signal)).rejects.toMatchObject({
    name: "GrantRefusedError",
    message: "signed out: Refresh Token has been revoked",
  });
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  const deployment = stackDeployment("x", "eu-west-1", { UserPoolId: "p", ClientId: "c" }, undefined);
  const unreachable = userPoolOf(deployment) ?? pool;
  await expect(userPoolAccess(unreachable, soon, "wss://x", "username").grant(signal)).rejects.toMatchObject({
    name: "NoServerError",
    message: "Cognito cannot be reached (ECONNREFUSED); waiting…",
  });
});
