import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { signOut } from "../../../functions/core/connections/sign-out.ts";
import { sendEphemeral } from "../../../functions/core/delivery/push.ts";
import { newLease } from "../../../functions/core/presence/leases.ts";
import { commandRequest } from "../support/command-setup.ts";
import { NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

const TYPING = { type: "typing", conversation: "c", user: "bob" } as const;
const ping = (deps: ReturnType<typeof presenceSetup>["deps"]) =>
  answerCommand(
    deps,
    commandRequest(
      { type: "ping" },
      { connection: "a1", tokenExpiresAtMs: NOW_MS + 1_000, tokenIssuedAtMs: 0 },
    ),
    signal,
  );

test("a connection of which API Gateway says that it is gone is closed, because it may be alive", async () => {
  const { deps, closed, store } = presenceSetup({ outcome: "gone" });
  await deps.leases.put("alice", newLease(newConnection("alice", "a1"), 0));
  await sendEphemeral(deps, ["alice"], TYPING, "", signal);
  expect(closed).toEqual(["a1"]);
  expect(store.leases.get("alice")?.size).toBe(0);
});

test("a signed-out connection without a lease is ended by its next ping", async () => {
  const { deps, closed, posts } = presenceSetup();
  expect(await signOut(deps, { user: "alice", beforeMs: NOW_MS }, signal)).toBe(0);
  expect(await ping(deps)).toBeUndefined();
  expect(posts).toMatchObject([
    { connection: "a1", frame: { type: "error", error: { code: "unauthenticated" }, final: true } },
  ]);
  expect(closed).toEqual(["a1"]);
});

test("a connection without a lease of a user who is locked out is ended by its next ping", async () => {
  const { deps, closed, posts } = presenceSetup();
  await deps.leases.penalize("alice", NOW_MS + 1_000);
  expect(await ping(deps)).toBeUndefined();
  expect(posts).toMatchObject([{ connection: "a1", frame: { error: { code: "rate_limited" } } }]);
  expect(closed).toEqual(["a1"]);
});

test("a live connection without a lease gets it back, and stays open", async () => {
  const { deps, closed, store } = presenceSetup();
  expect(await ping(deps)).toEqual({ type: "pong", resync: true });
  expect(closed).toEqual([]);
  expect(store.leases.get("alice")?.has("a1")).toBe(true);
});
