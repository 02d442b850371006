import { expect, test } from "vitest";
import { connect } from "../../../functions/core/connections/connect.ts";
import { NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

test("opened and refused connections are counted", async () => {
  const { deps, metrics } = presenceSetup();
  await connect(deps, newConnection("alice", "a1"), signal);
  await deps.leases.penalize("alice", NOW_MS + 1_000);
  await connect(deps, newConnection("alice", "a2"), signal);
  expect(metrics.counts).toEqual({ Connected: 1, "ConnectRefused penalized": 1 });
});
