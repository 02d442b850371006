import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../e2e/embedded.ts";
import { connect, newUser, say, text } from "../e2e/target.ts";

let folder: string;
let embedded: Embedded;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-restore-"));
});
afterAll(async () => {
  await embedded.cloud.stop();
  await rm(folder, { recursive: true });
});

test("after a restore with a raised epoch floor, cursors beyond the backup are reset and never skip", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  embedded = await startEmbedded({ dataDir: folder });
  const before = await connect(embedded.target, alice);
  const { conversation } = await say(before, bob, "kept");
  await say(before, bob, "kept too", [1, 1]);
  await embedded.cloud.stop();

  // The backup ends here; clients have seen up to [1, 5], which this table knows nothing of.
  embedded = await startEmbedded({ dataDir: folder, epochFloor: 2 });
  const atAlice = await connect(embedded.target, alice);
  const ahead = (await atAlice.sync({ [conversation]: [1, 5] })).conversations[0];
  expect(ahead).toMatchObject({ epoch: 2, lastSeq: 2, reset: true });
  expect(ahead?.entries.map(({ seq }) => seq)).toEqual([1, 2]);
  const within = (await atAlice.sync({ [conversation]: [1, 1] })).conversations[0];
  expect(within?.reset).toBeUndefined();
  expect(within?.entries.map(({ seq }) => seq)).toEqual([2]);

  const fresh = await say(atAlice, bob, "in the new epoch", [1, 2]);
  expect([fresh.epoch, fresh.seq]).toEqual([2, 3]);
  // A resend from the lost part of the old epoch cannot be recognised: the client must look for itself.
  atAlice.send({ type: "send", conversation, seen: [1, 4], entries: [text("sent again")] });
  expect((await atAlice.next("reject")).error.code).toBe("stale");
  expect((await atAlice.history({ conversation })).epoch).toBe(2);
});
