import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";

let folder: string;
let embedded: Embedded;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-restore-"));
});
afterAll(async () => {
  await embedded.cloud.stop();
  await rm(folder, { recursive: true });
});

/** The contents of DynamoDB without those of SNS and SQS, like a backup of the table. */
const tableFiles = () => join(folder, "dynamodb");
const backup = () => join(folder, "backup");

test("after a restore with a raised epoch floor, cursors beyond the backup are reset and never skip", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  embedded = await startEmbedded({ dataDir: folder });
  const before = await connect(embedded.target, alice);
  const { conversation } = await say(before, bob, "kept");
  await say(before, bob, "kept too", [1, 1]);
  await embedded.cloud.stop();
  await cp(tableFiles(), backup(), { recursive: true });

  embedded = await startEmbedded({ dataDir: folder });
  const between = await connect(embedded.target, alice);
  for (const seq of [2, 3, 4]) await say(between, bob, "lost", [1, seq]);
  const seen = (await (await connect(embedded.target, bob)).sync({ [conversation]: [1, 2] }))
    .conversations[0];
  expect(seen?.entries.map(({ seq }) => seq)).toEqual([3, 4, 5]);
  await embedded.cloud.stop();

  await rm(tableFiles(), { recursive: true });
  await rename(backup(), tableFiles());
  embedded = await startEmbedded({ dataDir: folder, epochFloor: 2 });
  const atAlice = await connect(embedded.target, alice);
  const ahead = (await atAlice.sync({ [conversation]: [1, 5] })).conversations[0];
  expect(ahead).toMatchObject({ epoch: 2, lastSeq: 2, reset: true });
  expect(ahead?.entries.map(({ seq }) => seq)).toEqual([1, 2]);
  const within = (await atAlice.sync({ [conversation]: [1, 1] })).conversations[0];
  expect(within?.reset).toBeUndefined();
  expect(within?.entries.map(({ seq }) => seq)).toEqual([2]);

  // The seqs of lost entries are assigned again, in a new epoch.
  const fresh = await say(atAlice, bob, "in the new epoch", [1, 2]);
  expect([fresh.epoch, fresh.seq]).toEqual([2, 3]);
  // A resend from the lost part of the old epoch cannot be recognised: the client must check for itself.
  atAlice.send({ type: "send", conversation, seen: [1, 4], entries: [text("sent again")] });
  expect((await atAlice.next("reject")).error.code).toBe("stale");
  expect((await atAlice.history({ conversation })).epoch).toBe(2);
});

test("without a raised floor such cursors would skip entries appended after the restore", async () => {
  // Shows why the floor must be raised: the same rollback without it.
  const [carol, dan] = [newUser("carol"), newUser("dan")];
  const before = await connect(embedded.target, carol);
  const { conversation, epoch } = await say(before, dan, "kept");
  await embedded.cloud.stop();
  await cp(tableFiles(), backup(), { recursive: true });
  embedded = await startEmbedded({ dataDir: folder, epochFloor: epoch });
  await say(await connect(embedded.target, carol), dan, "lost", [epoch, 1]);
  await embedded.cloud.stop();

  await rm(tableFiles(), { recursive: true });
  await rename(backup(), tableFiles());
  embedded = await startEmbedded({ dataDir: folder, epochFloor: epoch });
  const atCarol = await connect(embedded.target, carol);
  await say(atCarol, dan, "in its place", [epoch, 1]);
  const skipped = (await atCarol.sync({ [conversation]: [epoch, 2] })).conversations[0];
  expect(skipped?.entries ?? []).toEqual([]);
});
