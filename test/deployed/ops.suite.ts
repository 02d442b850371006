import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect, onTestFinished, test, vi } from "vitest";
import { newUser } from "../e2e/support/target.ts";
import { runScript, type Script, temporaryFolder } from "../support/process.ts";
import { apiAddress, isEmulated } from "./addresses.ts";
import type { Outputs } from "./outputs.ts";

interface Deployment {
  readonly stack: string;
  readonly outputs: Outputs;
}

const PASSWORD = "Correct-horse-7-battery";

/** Runs the tools of operators and users against a stack, each in its own process. */
export function opsSuite(deployment: () => Deployment): void {
  test("the doctor sends a message from end to end and finds nothing wrong", async ({ skip }) => {
    const { stack, outputs } = deployment();
    if (outputs.UserPoolId === undefined) skip("the stack has no user pool for the doctor's users");
    // An emulator's API has another address than the stack's output; the tools need not know this.
    const file = join(temporaryFolder(), "outputs.json");
    writeFileSync(
      file,
      JSON.stringify({ [stack]: { ...outputs, WebSocketUrl: apiAddress(outputs.WebSocketUrl) } }),
    );
    const where = isEmulated ? ["--outputs", file] : ["--stack", stack];
    const script = runScript("ops/doctor.ts", ...where, "--json");
    await script.exitCode;
    const findings = JSON.parse(script.output()) as { check: string; state: string; detail: string }[];
    const inOrder = findings.filter(({ state }) => state === "ok").map(({ check }) => check);
    expect(inOrder).toEqual(
      expect.arrayContaining([
        "table",
        "time to live",
        "triggers",
        "concurrency",
        "sign-in",
        "connect",
        "bad token",
        "ping",
        "ack",
        "delivery",
        "history",
        "EntriesQueue",
        "EntriesParkedQueue",
      ]),
    );
    const wrong = findings.filter(({ state }) => state === "wrong");
    // The doctor is right: the emulator does not store the backup setting, and its issuer is not at its URL.
    expect(wrong.map(({ check }) => check)).toEqual(isEmulated ? ["backup", "token issuer"] : []);
    expect(script.output()).not.toMatch(/eyJ[\w-]{10,}/);
  }, 60_000);

  test("an operator adds two users, who sign in from the terminal and chat", async ({ skip }) => {
    const { stack, outputs } = deployment();
    const { UserPoolId } = outputs;
    if (UserPoolId === undefined) skip("the stack has no user pool to add users to");
    vi.stubEnv("PARLEY_PASSWORD", PASSWORD);
    onTestFinished(() => void vi.unstubAllEnvs());
    const users = [newUser("alice"), newUser("bob")] as const;
    const cognito = new CognitoIdentityProviderClient({});
    onTestFinished(async () => {
      for (const Username of users) await cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    });
    for (const user of users) {
      const added = runScript("ops/add-user.ts", "--stack", stack, user);
      expect([await added.exitCode, added.output()]).toEqual([0, `${user} may sign in now.\n`]);
    }
    const chat = (user: string, to: string): Script =>
      runScript(
        "terminal/main.ts",
        "--stack",
        stack,
        user,
        "--to",
        to,
        "--ephemeral",
        "--url",
        apiAddress(outputs.WebSocketUrl),
      );
    const [alice, bob] = users;
    const [atAlice, atBob] = [chat(alice, bob), chat(bob, alice)];
    for (const [script, user] of [
      [atAlice, alice],
      [atBob, bob],
    ] as const) {
      await script.says(new RegExp(`signed in as ${user}`));
    }
    await atBob.says(/no messages with/);
    atAlice.child.stdin?.write("hello from the terminal\n");
    await atBob.says(/hello from the terminal/);
    expect(atAlice.output() + atBob.output()).not.toMatch(/eyJ[\w-]{10,}|Correct-horse/);
  }, 90_000);
}
