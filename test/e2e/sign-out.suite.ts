import { expect, test } from "vitest";
import { runScript } from "../support/process.ts";
import { Wire } from "../support/wire.ts";
import { connect, newUser, say, type Target } from "./support/target.ts";

export interface SignOutTarget extends Target {
  /** Arguments that tell the command where the function is. */
  readonly location: readonly string[];
  /** Invokes the function and returns its answer. */
  invoke(payload: unknown): Promise<unknown>;
  /** Waits until the clock of functions and issuer shows another second: tokens have whole seconds as issue times. */
  nextSecond(): Promise<void>;
}

export const open = (target: Target, token: string) => Wire.open({ url: target.urls[0] ?? "", token });

export const signOut = (target: SignOutTarget, user: string, before?: number) =>
  target.invoke({ user, ...(before !== undefined && { before }) });

/** Runs the command as an operator does, in its own process. */
export async function command({ location }: Pick<SignOutTarget, "location">, ...args: string[]) {
  const script = runScript("ops/sign-out.ts", ...location, ...args);
  const exitCode = await script.exitCode;
  return { exitCode, output: script.output() };
}

/** Promises to an operator who signs a user out. */
export function signOutSuite(target: () => SignOutTarget): void {
  test("the operator's command ends every device of a user: each gets a final error and is closed", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const devices = [await connect(target(), alice), await connect(target(), alice, { gateway: 1 })];
    const atBob = await connect(target(), bob);
    expect(await command(target(), "--user", alice)).toEqual({
      exitCode: 0,
      output: `${alice} is signed out; 2 connections closed.\n`,
    });
    for (const device of devices) {
      expect(await device.next("error")).toEqual({
        type: "error",
        error: { code: "unauthenticated", message: "Signed out.", temporary: false },
        final: true,
      });
      expect((await device.closed).code).toBe(1000);
    }
    // Other users are not affected.
    await say(atBob, alice, "where are you?");
    expect(atBob.all("error")).toEqual([]);
    expect((await command(target(), "--user", alice)).output).toContain("0 connections closed");
  });

  test("a token issued before the sign-out no longer connects; one issued later does", async () => {
    const alice = newUser("alice");
    const old = await target().mintToken(alice);
    const wire = await open(target(), old);
    await target().nextSecond();
    expect(await signOut(target(), alice)).toEqual({ closed: 1 });
    await wire.closed;
    await expect(open(target(), old)).rejects.toMatchObject({ status: 403 });
    await target().nextSecond();
    await expect(open(target(), old)).rejects.toMatchObject({ status: 403 });
    const again = await open(target(), await target().mintToken(alice));
    again.send({ type: "ping" });
    expect(await again.next("pong")).toEqual({ type: "pong" });
  });

  test.each<[string, unknown]>([
    ["nobody", {}],
    ["a user id that is none", { user: " " }],
    ["a time that is none", { user: "alice", before: "yesterday" }],
    ["a time far ahead, which would lock the user out until then", { user: "alice", before: 10 ** 14 }],
    ["something it does not know", { user: "alice", quietly: true }],
    ["no object", "alice"],
  ])("signing out %s is answered with an error, and changes nothing", async (_, payload) => {
    expect(await target().invoke(payload)).toEqual({
      error: { code: "malformed", message: expect.any(String) },
    });
  });
}
