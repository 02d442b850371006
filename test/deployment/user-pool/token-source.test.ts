import { beforeEach, expect, test } from "vitest";
import { TokenSource } from "../../../deployment/user-pool/token-source.ts";
import type { UserPool } from "../../../deployment/user-pool/user-pool.ts";
import type { ScriptedCall } from "../../support/aws/scripted-aws.ts";
import type { ScriptedUserPool } from "../../support/scripted-user-pool.ts";
import { startUserPool, tokensOf } from "../../support/user-pool.ts";

const PASSWORD = "correct horse";

let users: ScriptedUserPool;
let pool: UserPool;
let calls: readonly ScriptedCall[];

beforeEach(async () => {
  ({ users, pool, calls } = await startUserPool());
});

test("a token is reused while it works, and renewed if it expires soon or did not open a connection", async () => {
  users.add("alice", PASSWORD);
  const refreshes = () => calls.filter(({ input }) => input.AuthFlow === "REFRESH_TOKEN_AUTH").length;
  const source = new TokenSource(pool, await tokensOf(pool, "alice", PASSWORD));
  await source.token();
  source.markAccepted();
  await source.token();
  expect(refreshes()).toBe(0);
  // The connection was not established.
  await source.token();
  expect(refreshes()).toBe(1);
  source.markAccepted();
  users.expiresInSeconds = 60;
  const expiring = new TokenSource(pool, await tokensOf(pool, "alice", PASSWORD));
  await expiring.token();
  expect(refreshes()).toBe(2);
});
