import { expect, test } from "vitest";
import { connect } from "../../../functions/core/connections/connect.ts";
import { confirmOfflineBatch } from "../../../functions/core/presence/confirm-offline.ts";
import { releaseLease } from "../../../functions/core/presence/release-lease.ts";
import { NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

test("a late announcement does not undo that its user was marked offline", async () => {
  let pause = Promise.resolve();
  const { deps, presence } = presenceSetup({
    step: (call) => (call === "markOnline" ? pause : Promise.resolve()),
  });
  const { promise, resolve: release } = Promise.withResolvers<void>();
  pause = promise;
  const arrival = connect(deps, newConnection("bob", "b1"), signal);
  while (presence.messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
  pause = Promise.resolve();
  await releaseLease(deps, "bob", "b1", signal);
  const body = JSON.stringify({ type: "presence.maybe-offline", user: "bob", atMs: NOW_MS });
  expect(await confirmOfflineBatch(deps, [{ id: "m", receiptHandle: "r", receiveCount: 1, body }])).toEqual(
    [],
  );
  release();
  await arrival;
  // If the late announcement had been recorded, this connection would not be announced.
  await connect(deps, newConnection("bob", "b2"), signal);
  expect(presence.messages.map(({ type }) => type)).toEqual([
    "presence.online",
    "presence.maybe-offline",
    "presence.offline",
    "presence.online",
  ]);
});
