import { expect, test } from "vitest";
import { createClient, type Entry } from "../../client/src/index.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { eventually } from "../support/eventually.ts";
import { runScript, type Script, temporaryFolder } from "../support/process.ts";

// Ports that stay the same after the restart, so chosen here; below the range from which systems assign ports.
const PORT = 27_310;
const TEXTS = Array.from({ length: 60 }, (_, index) => `message ${index + 1}`);

/** Runs `npm start` in its own process. */
async function start(data: string): Promise<Script> {
  const script = runScript("local/main.ts", "--port", String(PORT), "--data", data, "--ingest", INGEST);
  await script.says(/Ready after/);
  return script;
}

/** A user of the client library that records the texts it gets, in order. */
function person(user: string) {
  let url = "";
  const client = createClient({
    user,
    token: async () => {
      const body = JSON.stringify({ user });
      const response = await fetch(`http://127.0.0.1:${PORT}/token`, { method: "POST", body });
      const grant = (await response.json()) as { token: string; url: string };
      url = grant.url;
      return grant.token;
    },
    url: async () => url,
    timings: { reconnect: { baseMs: 50, capMs: 300 }, ackWithinMs: 3_000 },
  });
  const entries: Entry[] = [];
  client.on("entries", (event) => entries.push(...event.entries));
  client.connect();
  return { client, texts: () => entries.map(({ body }) => (body as { text: string }).text) };
}

test("the cloud is killed with -9 in the middle of a chat and restarted: nothing is missing, duplicated or out of order", async () => {
  const data = temporaryFolder();
  const first = await start(data);
  const [alice, bob] = [person("alice"), person("bob")];
  const acknowledged = TEXTS.map((text) => alice.client.send({ user: "bob" }, text).done);
  await eventually("the first of them at Bob's", () => bob.texts().length > 0, { timeoutMs: 15_000 });
  for (let round = 0; round < 2; round++) {
    const more = alice.client.send({ user: "bob" }, `in flight ${round}`).done;
    acknowledged.push(more);
    if (round === 0) await first.killHard();
    else await start(data);
  }
  await Promise.all(acknowledged);
  const expected = [...TEXTS, "in flight 0", "in flight 1"];
  await eventually("all of them at Bob's", () => bob.texts().length >= expected.length, {
    timeoutMs: 20_000,
  });
  expect(bob.texts()).toEqual(expected);
  expect(alice.texts()).toEqual(expected);

  // A new device finds the same log.
  const later = person("bob");
  await eventually("its conversations", () => later.client.state === "online", { timeoutMs: 10_000 });
  const [conversation] = later.client.conversations;
  const older: Entry[] = [];
  for (let more = true; more; ) {
    const page = await later.client.loadOlder(conversation?.conversation ?? "");
    older.unshift(...page.entries);
    more = page.more;
  }
  const texts = [...older.map(({ body }) => (body as { text: string }).text), ...later.texts()];
  expect(texts).toEqual(expected);
  for (const { client } of [alice, bob, later]) client.close();
});
