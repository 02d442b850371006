import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { connect } from "../../../functions/core/connections/connect.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { frameBytes } from "../../../functions/core/log/frame-packing.ts";
import { confirmOfflineBatch } from "../../../functions/core/presence/confirm-offline.ts";
import { LIMITS, type PresenceResult } from "../../../protocol/index.ts";
import { GROUP, NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

/** Sends Alice's presence query and returns its result. Checks that the answer fits into one frame. */
async function query(deps: ReturnType<typeof presenceSetup>["deps"], frame: object): Promise<PresenceResult> {
  const text = JSON.stringify({ type: "presence", id: "r", ...frame });
  const request = { ...newConnection("alice", "a"), messageId: "m", text, receivedAtMs: NOW_MS };
  const answer = await answerCommand(deps, request, signal);
  if (answer === undefined) throw new Error("there was no answer");
  expect(frameBytes(answer)).toBeLessThanOrEqual(LIMITS.frameBytes);
  if (answer.type !== "reply" || answer.error) throw new Error(JSON.stringify(answer));
  return answer.result as PresenceResult;
}

test("members of a conversation see each other's presence while both are members", async () => {
  const { deps, row } = presenceSetup();
  row("alice", GROUP, [[1, 4], [9]]);
  row("bob", GROUP, [[1]]);
  row("carol", GROUP, [[1, 7]]);
  const users = ["bob", "carol", "dave"];
  expect((await query(deps, { users })).refused).toEqual(users);
  const inGroup = await query(deps, { users, conversation: GROUP });
  expect(inGroup.users.map(({ user }) => user)).toEqual(["bob"]);
  expect(inGroup.refused).toEqual(["carol", "dave"]);
});

test("a former member sees the presence of nobody in the conversation", async () => {
  const { deps, row } = presenceSetup();
  row("alice", GROUP, [[1, 4]]);
  row("bob", GROUP, [[1]]);
  expect((await query(deps, { users: ["bob"], conversation: GROUP })).refused).toEqual(["bob"]);
});

test("a user's presence is refused to someone they have blocked, even in a shared group", async () => {
  const { deps, row } = presenceSetup();
  row("alice", directConversationId("alice", "bob"), [[1]], { blocked: true });
  for (const user of ["alice", "bob"]) row(user, GROUP, [[1]]);
  expect((await query(deps, { users: ["bob"], conversation: GROUP })).refused).toEqual(["bob"]);
});

test("the reply about a hundred users with the longest possible names fits into a frame", async () => {
  const { deps, row } = presenceSetup();
  const users = Array.from({ length: 100 }, (_, index) => `${"ü".repeat(73)}${index}`);
  for (const user of users) {
    row("alice", directConversationId("alice", user), [[1]]);
    await connect(deps, newConnection(user, `${user} 1`), signal);
  }
  expect((await query(deps, { users, watch: true })).users).toHaveLength(100);
  const tooLong = users.map((user) => `${"ü".repeat(40)}${user}`);
  await expect(query(deps, { users: tooLong })).rejects.toThrow("too_large");
});

test("a departure that nobody announced is announced although the first to ask fails halfway", async () => {
  const { deps, row, presence } = presenceSetup();
  row("alice", directConversationId("alice", "bob"), [[1]]);
  await connect(deps, newConnection("bob", "b"), signal);
  await deps.leases.remove("bob", "b", NOW_MS - 120_000);
  const { messages } = presence;
  const publish = presence.publish.bind(presence);
  presence.publish = async (message) => {
    if (message.type === "presence.offline") throw new Error("the topic does not answer");
    return publish(message);
  };
  await expect(query(deps, { users: ["bob"] })).rejects.toThrow("unavailable");
  presence.publish = publish;
  const left = messages.filter(({ type }) => type === "presence.maybe-offline");
  expect(left).toHaveLength(1);
  const record = { id: "r", receiptHandle: "h", receiveCount: 1, body: JSON.stringify(left[0]) };
  expect(await confirmOfflineBatch(deps, [record])).toEqual([]);
  expect(messages.at(-1)).toMatchObject({ type: "presence.offline", user: "bob" });
});
