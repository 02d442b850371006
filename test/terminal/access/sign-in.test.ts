import { beforeEach, expect, test } from "vitest";
import type { Prompt } from "../../../deployment/user-pool/prompt.ts";
import type { UserPool } from "../../../deployment/user-pool/user-pool.ts";
import { type SignInOptions, signInAtTerminal } from "../../../terminal/access/sign-in.ts";
import type { ScriptedCall } from "../../support/scripted-aws.ts";
import type { ScriptedUserPool } from "../../support/scripted-user-pool.ts";
import { startUserPool } from "../../support/user-pool.ts";

const PASSWORD = "correct horse";

let users: ScriptedUserPool;
let pool: UserPool;
let calls: readonly ScriptedCall[];

beforeEach(async () => {
  ({ users, pool, calls } = await startUserPool());
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
