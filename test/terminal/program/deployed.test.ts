import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ScriptedServer } from "../../client/support/scripted-server.ts";
import { conversationId } from "../../client/support/server-log.ts";
import { type ScriptedCall, scriptedAws } from "../../support/aws/scripted-aws.ts";
import { runScript, temporaryFolder } from "../../support/process.ts";
import { ScriptedUserPool } from "../../support/scripted-user-pool.ts";

const PASSWORD = "correct horse";
let server: ScriptedServer;
let users: ScriptedUserPool;
let outputs: Record<string, string>;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  onTestFinished(() => server.stop());
  users = new ScriptedUserPool();
  outputs = {
    WebSocketUrl: server.url,
    UserPoolId: "eu-west-1_pool",
    ClientId: "client",
    UserClaim: "username",
  };
  await scriptedAws((call) => users.answer(call) ?? stack(call));
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("PARLEY_PASSWORD", PASSWORD);
  vi.stubEnv("XDG_STATE_HOME", temporaryFolder());
});

/** Answers as a CloudFormation that knows only `parley-dev`. */
function stack({ action, input }: ScriptedCall) {
  if (action !== "DescribeStacks") return { error: "InvalidAction" };
  if (input.StackName !== "parley-dev") {
    return { error: "ValidationError", message: `Stack with id ${input.StackName} does not exist` };
  }
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>parley-dev</StackName>
    <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join("")}</Outputs>
    </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

const chat = (...args: string[]) => runScript("terminal/main.ts", ...args);

test("npm run chat -- --env dev alice signs in with the stack's user pool and connects to the stack's URL", async () => {
  users.add("alice", PASSWORD);
  const alice = chat("--env", "dev", "alice", "--to", "bob");
  await alice.says(/signed in as alice/);
  server.say("alice", "bob", "hello from bob");
  await alice.says(/bob {2}hello from bob/);
  expect(server.logs.get(conversationId("alice", "bob"))?.entries).toHaveLength(1);
  expect(alice.output()).not.toContain(PASSWORD);
  expect(alice.output()).not.toMatch(/eyJ|refresh/);
});

test("a lost connection is replaced with a refreshed token", async () => {
  users.add("alice", PASSWORD);
  const alice = chat("--env", "dev", "alice");
  await alice.says(/signed in as alice/);
  server.refuseHandshakes = true;
  server.cutAll();
  await alice.says(/no connection to 127\.0\.0\.1:\d+: refused or no answer; waiting…/);
  server.refuseHandshakes = false;
  await alice.says(/back in sync/);
});

test("the chat ends with the reason if Cognito revokes the sign-in", async () => {
  users.add("alice", PASSWORD);
  const alice = chat("--env", "dev", "alice");
  await alice.says(/signed in as alice/);
  users.signedOut = true;
  server.refuseHandshakes = true;
  server.cutAll();
  expect(await alice.exitCode).toBe(1);
  expect(alice.output()).toContain("signed out: Refresh Token has been revoked");
});

test("a user that an operator adds can chat", async () => {
  const added = runScript("ops/add-user.ts", "--env", "dev", "alice");
  expect([await added.exitCode, added.output()]).toEqual([0, "alice may sign in now.\n"]);
  await chat("--env", "dev", "alice").says(/signed in as alice/);
  const again = runScript("ops/add-user.ts", "--env", "dev", "alice");
  expect([await again.exitCode, again.output()]).toEqual([1, "The user alice already exists (CONFIRMED).\n"]);
});

test("a user who signed up without an e-mail address is confirmed by the operator and keeps their password", async () => {
  const signedUp = chat("--env", "dev", "--sign-up", "alice");
  expect(await signedUp.exitCode).toBe(1);
  expect(signedUp.output()).toContain(
    "not confirmed yet. An operator confirms them with: npm run add-user -- --env dev alice",
  );
  const added = runScript("ops/add-user.ts", "--env", "dev", "alice");
  expect([await added.exitCode, added.output()]).toEqual([0, "alice had signed up, and may sign in now.\n"]);
  await chat("--env", "dev", "alice").says(/signed in as alice/);
});

test("a password against the pool's policy creates no user", async () => {
  vi.stubEnv("PARLEY_PASSWORD", "short");
  const added = runScript("ops/add-user.ts", "--env", "dev", "alice");
  expect([await added.exitCode, added.output()]).toEqual([1, "Password not long enough\n"]);
  expect(users.users.size).toBe(0);
});

test("a stack with another issuer takes tokens from a command", async () => {
  users.add("alice", PASSWORD);
  delete outputs.UserPoolId;
  outputs.Issuer = "https://login.example.com/";
  const refused = chat("--env", "dev", "alice");
  expect(await refused.exitCode).toBe(1);
  expect(refused.output()).toContain(
    "its token issuer is https://login.example.com/. Pass a command that prints a token",
  );
  const claims = Buffer.from(JSON.stringify({ username: "alice" })).toString("base64url");
  await chat("--env", "dev", "alice", "--token-command", `echo e30.${claims}.x`).says(/signed in as alice/);
  const added = runScript("ops/add-user.ts", "--env", "dev", "alice");
  expect(await added.exitCode).toBe(1);
  expect(added.output()).toBe(
    "parley-dev has no user pool: its token issuer is https://login.example.com/.\n",
  );
});

test("a wrong password and a missing stack are one line of error each", async () => {
  users.add("alice", "another one, not this");
  const refused = chat("--env", "dev", "alice");
  expect([await refused.exitCode, refused.output()]).toEqual([1, "Incorrect username or password.\n"]);
  const missing = chat("--env", "prod", "alice");
  expect(await missing.exitCode).toBe(1);
  expect(missing.output()).toMatch(/^There is no stack parley-prod in eu-west-1 of this account\..*\n$/);
});
