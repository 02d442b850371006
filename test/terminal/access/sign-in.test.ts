import { beforeEach, expect, test } from "vitest";
import type { Prompt } from "../../../deployment/user-pool/prompt.ts";
import type { UserPool } from "../../../deployment/user-pool/user-pool.ts";
import { type SignInOptions, signInAtTerminal } from "../../../terminal/access/sign-in.ts";
import type { ScriptedCall } from "../../support/aws/scripted-aws.ts";
import type { ScriptedUserPool } from "../../support/scripted-user-pool.ts";
import { startUserPool } from "../../support/user-pool.ts";

const PASSWORD = "correct horse";

let users: ScriptedUserPool;
let pool: UserPool;
let calls: readonly ScriptedCall[];

beforeEach(async () => {
  ({ users, pool, calls } = await startUserPool());
});

/** Returns a prompt that gives these answers in turn and records what it asked and printed. */
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

test("a user signs in with a password and without AWS credentials", async () => {
  users.add("alice", PASSWORD);
  expect(await signIn({ password: PASSWORD })).toMatchObject({ refreshToken: "refresh.alice" });
  const { prompt, heard } = person(PASSWORD);
  await signIn({ prompt });
  expect(heard).toEqual(["Password of alice: "]);
});

test("a mistyped password is asked for again, three times in all", async () => {
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

test("without a terminal and a password, the error says where to put the password", async () => {
  await expect(signIn({})).rejects.toThrow("set PARLEY_PASSWORD");
});

test("an unknown user can sign up at the second prompt and confirm with the e-mailed code", async () => {
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

test("a user who signs up without an e-mail address is told how an operator confirms them", async () => {
  const { prompt } = person(PASSWORD, PASSWORD, "");
  await expect(signIn({ signUp: true, prompt })).rejects.toMatchObject({
    code: "not_confirmed",
    message: expect.stringContaining("npm run add-user -- --env dev alice"),
  });
  // The code also works at a later sign-in.
  await expect(signIn({ prompt: person(PASSWORD, "000000").prompt })).rejects.toMatchObject({
    code: "wrong_code",
  });
  await expect(signIn({ password: PASSWORD })).rejects.toMatchObject({ code: "not_confirmed" });
  await signIn({ prompt: person(PASSWORD, "123456").prompt });
});

test("if sign-up is closed, the error says how an operator adds users", async () => {
  users.selfSignUp = false;
  await expect(signIn({ signUp: true, password: PASSWORD })).rejects.toMatchObject({
    code: "sign_up_closed",
    message: expect.stringContaining("npm run add-user"),
  });
});

test("signing up with a taken name fails", async () => {
  users.add("alice", "someone else's");
  await expect(signIn({ signUp: true, password: PASSWORD })).rejects.toMatchObject({ code: "exists" });
});

test("a user with an administrator's password has to choose their own", async () => {
  users.add("alice", "temporary", "FORCE_CHANGE_PASSWORD");
  await signIn({ prompt: person("temporary", PASSWORD, PASSWORD).prompt });
  expect(users.users.get("alice")?.password).toBe(PASSWORD);
  users.add("bob", "temporary", "FORCE_CHANGE_PASSWORD");
  await expect(signIn({ user: "bob", password: "temporary" })).rejects.toMatchObject({ code: "challenge" });
});
