import { beforeEach, expect, test, vi } from "vitest";
import { stackDeployment } from "../../../deployment/stack.ts";
import type { Tokens } from "../../../deployment/user-pool/app-client.ts";
import type { Prompt } from "../../../deployment/user-pool/prompt.ts";
import { TokenSource } from "../../../deployment/user-pool/token-source.ts";
import { type UserPool, userPoolOf } from "../../../deployment/user-pool/user-pool.ts";
import { commandAccess } from "../../../terminal/access/command-access.ts";
import { type SignInOptions, signInAtTerminal } from "../../../terminal/access/sign-in.ts";
import { userPoolAccess } from "../../../terminal/access/user-pool-access.ts";
import { type ScriptedCall, scriptedAws } from "../../support/scripted-aws.ts";
import { ScriptedUserPool } from "../../support/scripted-user-pool.ts";

const PASSWORD = "correct horse";
let users: ScriptedUserPool;
let pool: UserPool;
let calls: readonly ScriptedCall[];

beforeEach(async () => {
  // Nothing of this needs credentials.
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  users = new ScriptedUserPool();
  calls = (await scriptedAws((call) => users.answer(call) ?? { error: "UnknownOperationException" })).calls;
  const outputs = { UserPoolId: "eu-west-1_pool", ClientId: "client" };
  const found = userPoolOf(stackDeployment("parley-dev", "eu-west-1", outputs, undefined));
  if (found === undefined) throw new Error("no user pool");
  pool = found;
});

/** A person who gives these answers, in turn, and keeps what was asked and said. */
function person(...answers: string[]) {
  const heard: string[] = [];
  const answer = async (question: string) => {
    heard.push(question);
    const next = answers.shift();
    if (next === undefined) throw new Error(`nobody expected to be asked: ${question}`);
    return next;
  };
  const prompt: Prompt = { line: answer, secret: answer, print: (text) => void heard.push(text) };
  return { prompt, heard };
}

const signIn = (options: Partial<SignInOptions>) =>
  signInAtTerminal({
    pool,
    user: "alice",
    password: undefined,
    signUp: false,
    prompt: undefined,
    addUserCommand: "npm run add-user -- --env dev alice",
    ...options,
  });

test("a user with a password is in, without AWS credentials", async () => {
  users.add("alice", PASSWORD);
  expect(await signIn({ password: PASSWORD })).toMatchObject({ refreshToken: "refresh.alice" });
  const { prompt, heard } = person(PASSWORD);
  await signIn({ prompt });
  expect(heard).toEqual(["Password of alice: "]);
});

test("whoever mistypes is asked again, three times in all", async () => {
  users.add("alice", PASSWORD);
  await signIn({ prompt: person("wrong", "wrong again", PASSWORD).prompt });
  await expect(signIn({ prompt: person("a", "b", "c").prompt })).rejects.toMatchObject({ code: "refused" });
});

test("a wrong password from the environment is not asked for again", async () => {
  users.add("alice", PASSWORD);
  const { prompt, heard } = person();
  await expect(signIn({ password: "wrong", prompt })).rejects.toMatchObject({ code: "refused" });
  expect(heard).toEqual([]);
});

test("without a terminal and a password it says where to put one", async () => {
  await expect(signIn({})).rejects.toThrow("set PARLEY_PASSWORD");
});

test("who is unknown may sign up at the second question, and is confirmed by a mailed code", async () => {
  const { prompt, heard } = person("guess", "", "too short", "too short", "a@b.example", "");
  await expect(signIn({ prompt })).rejects.toMatchObject({ code: "password_policy" });
  expect(heard).toContain("Password of alice (empty to sign up as a new user): ");
  await signIn({
    signUp: true,
    prompt: person(PASSWORD, "typo", PASSWORD, PASSWORD, "a@b.example", "123456").prompt,
  });
  expect(users.users.get("alice")).toEqual({ password: PASSWORD, status: "CONFIRMED" });
  expect(
    calls.find(({ action, input }) => action === "SignUp" && input.Password === PASSWORD)?.input,
  ).toMatchObject({
    UserAttributes: [{ Name: "email", Value: "a@b.example" }],
  });
});

test("who signs up without an address is told how an operator confirms it", async () => {
  const { prompt } = person(PASSWORD, PASSWORD, "");
  await expect(signIn({ signUp: true, prompt })).rejects.toMatchObject({
    code: "not_confirmed",
    message: expect.stringContaining("npm run add-user -- --env dev alice"),
  });
  // Signing in later may be with the code, too.
  await expect(signIn({ prompt: person(PASSWORD, "000000").prompt })).rejects.toMatchObject({
    code: "wrong_code",
  });
  await expect(signIn({ password: PASSWORD })).rejects.toMatchObject({ code: "not_confirmed" });
  await signIn({ prompt: person(PASSWORD, "123456").prompt });
});

test("where nobody may sign up it says who adds users", async () => {
  users.selfSignUp = false;
  await expect(signIn({ signUp: true, password: PASSWORD })).rejects.toMatchObject({
    code: "sign_up_closed",
    message: expect.stringContaining("npm run add-user"),
  });
});

test("a name that is taken is said so", async () => {
  users.add("alice", "someone else's");
  await expect(signIn({ signUp: true, password: PASSWORD })).rejects.toMatchObject({ code: "exists" });
});

test("a password from an administrator is replaced by one's own", async () => {
  users.add("alice", "temporary", "FORCE_CHANGE_PASSWORD");
  await signIn({ prompt: person("temporary", PASSWORD, PASSWORD).prompt });
  expect(users.users.get("alice")?.password).toBe(PASSWORD);
  users.add("bob", "temporary", "FORCE_CHANGE_PASSWORD");
  await expect(signIn({ user: "bob", password: "temporary" })).rejects.toMatchObject({ code: "challenge" });
});

test("a token is used again while it works, and renewed when it ends soon or opened nothing", async () => {
  users.add("alice", PASSWORD);
  const refreshes = () => calls.filter(({ input }) => input.AuthFlow === "REFRESH_TOKEN_AUTH").length;
  const source = new TokenSource(pool, await signIn({ password: PASSWORD }));
  await source.token();
  source.markAccepted();
  await source.token();
  expect(refreshes()).toBe(0);
  // The connection did not come about.
  await source.token();
  expect(refreshes()).toBe(1);
  source.markAccepted();
  users.expiresInSeconds = 60;
  const ending = new TokenSource(pool, await signIn({ password: PASSWORD }));
  await ending.token();
  expect(refreshes()).toBe(2);
});

const leaving = new AbortController().signal;

test("the chat's user is who the token says, not what was typed", async () => {
  users.add("alice", PASSWORD);
  const tokens = await signIn({ password: PASSWORD });
  const access = userPoolAccess(pool, tokens, "wss://x", "username");
  expect(access.user).toBe("alice");
  expect(await access.grant(leaving)).toEqual({
    url: "wss://x",
    token: tokens.accessToken,
    expiresAtMs: tokens.expiresAtMs,
  });
  expect(() => userPoolAccess(pool, tokens, "wss://x", "sub")).toThrow('no claim "sub"');
});

test("who was signed out by Cognito is told, and who cannot reach it waits", async () => {
  users.add("alice", PASSWORD);
  const soon: Tokens = { ...(await signIn({ password: PASSWORD })), expiresAtMs: 0 };
  users.signedOut = true;
  await expect(userPoolAccess(pool, soon, "wss://x", "username").grant(leaving)).rejects.toMatchObject({
    name: "GrantRefusedError",
    message: "signed out: Refresh Token has been revoked",
  });
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  const deployment = stackDeployment("x", "eu-west-1", { UserPoolId: "p", ClientId: "c" }, undefined);
  const away = userPoolOf(deployment) ?? pool;
  await expect(userPoolAccess(away, soon, "wss://x", "username").grant(leaving)).rejects.toMatchObject({
    name: "NoServerError",
    message: "Cognito cannot be reached (ECONNREFUSED); waiting…",
  });
});

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;

test("a command's token is taken for whoever it names", async () => {
  const token = jwt({ email: "alice@example.com", exp: 1_800_000_000 });
  const options = { url: "wss://x", command: `echo ${token}`, userClaim: "email" };
  const access = commandAccess({ ...options, user: "alice@example.com" });
  expect(await access.grant(leaving)).toEqual({ url: "wss://x", token, expiresAtMs: 1_800_000_000_000 });
  await expect(commandAccess({ ...options, user: "bob" }).grant(leaving)).rejects.toThrow(
    "is that of alice@example.com, not of bob",
  );
  await expect(commandAccess({ ...options, user: "x", userClaim: "sub" }).grant(leaving)).rejects.toThrow(
    'no token with a claim "sub"',
  );
});

test("a command that fails is tried again, and what it printed is not shown", async () => {
  const failing = {
    url: "wss://x",
    user: "alice",
    userClaim: "sub",
    command: "echo secret; echo secret >&2; exit 3",
  };
  await expect(commandAccess(failing).grant(leaving)).rejects.toMatchObject({
    name: "NoServerError",
    message: "--token-command ended with 3; waiting…",
  });
});
