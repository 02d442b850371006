import { expect, test } from "vitest";
import { commandAccess } from "../../../terminal/access/command-access.ts";

const signal = new AbortController().signal;

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;

test("a command's token is accepted only for the user it names", async () => {
  const token = jwt({ email: "alice@example.com", exp: 1_800_000_000 });
  const options = { url: "wss://x", command: `echo ${token}`, userClaim: "email" };
  const access = commandAccess({ ...options, user: "alice@example.com" });
  expect(await access.grant(signal)).toEqual({ url: "wss://x", token, expiresAtMs: 1_800_000_000_000 });
  await expect(commandAccess({ ...options, user: "bob" }).grant(signal)).rejects.toThrow(
    "a token of alice@example.com, not of bob",
  );
  await expect(commandAccess({ ...options, user: "x", userClaim: "sub" }).grant(signal)).rejects.toThrow(
    'did not print a token with a claim "sub"',
  );
});

test("a failing command is retried, and its output is not shown", async () => {
  const failing = {
    url: "wss://x",
    user: "alice",
    userClaim: "sub",
    command: "echo secret; echo secret >&2; exit 3",
  };
  await expect(commandAccess(failing).grant(signal)).rejects.toMatchObject({
    name: "NoServerError",
    message: "--token-command failed with exit code 3; waiting…",
  });
});
