import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type Client, type Conversation, createClient } from "../../client/src/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { runScript, type Script } from "../support/process.ts";
import { installExample, typeErrors } from "./support/installed.ts";

const SOURCE = readFileSync("examples/bot/bot.ts", "utf8");
const PATIENCE = { timeoutMs: 20_000 };

let embedded: Embedded;
let app: string;
let script: string;

beforeAll(async () => {
  embedded = await startEmbedded();
  app = await installExample("bot");
  // The example uses the default ports, which may be taken on this machine.
  const places = {
    "http://127.0.0.1:4510": embedded.cloud.url,
    "ws://127.0.0.1:4511": embedded.target.urls[0],
  };
  script = join(app, "here.ts");
  writeFileSync(
    script,
    Object.entries(places).reduce((source, [there, here]) => source.replace(there, String(here)), SOURCE),
  );
});
afterAll(() => embedded?.cloud.stop());

function person(user: string): { client: Client; dice: Conversation } {
  const [url = ""] = embedded.target.urls;
  const client = createClient({ user, url, token: () => embedded.target.mintToken(user) });
  onTestFinished(() => client.close());
  client.connect();
  return { client, dice: client.conversation({ user: "dice" }) };
}

const entriesOf = (conversation: Conversation) => conversation.view.getSnapshot().entries;
const textOf = ({ body }: { body: unknown }) => (body as { text: string }).text;
const fromDice = (conversation: Conversation) =>
  entriesOf(conversation).filter(({ sender }) => sender === "dice");
const answers = (conversation: Conversation, count: number) =>
  eventually(`${count} answers`, () => fromDice(conversation).length >= count, PATIENCE);

/** Checks by the ids of the answers that each command was answered once, and nothing else. */
async function expectOneAnswerEach(conversation: Conversation): Promise<void> {
  while (await conversation.loadOlder(100));
  const commands = entriesOf(conversation).filter(({ sender }) => sender !== "dice");
  const expected = commands.map(({ seq }) => `${conversation.id}:${seq}`);
  const given = fromDice(conversation).map(({ id }) => id);
  expect(given.sort()).toEqual(expected.sort());
}

test("it has at most forty lines and type-checks", () => {
  expect(SOURCE.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  expect(typeErrors(app)).toBe("");
});

test("it answers commands and nothing else, and marks all messages as read", async () => {
  const bot = runScript(script);
  const { client, dice } = person("alice");
  const greeting = dice.send("hello");
  const rolls = ["!roll", "!roll 3d20", "!roll 0d6", "!roll 2d6 "].map((text) => dice.send(text));
  await answers(dice, 2);
  await eventually("the last to be read", () => rolls.at(-1)?.state === "read", PATIENCE);
  expect(greeting.state).toBe("read");
  const [one, three] = fromDice(dice).map(textOf);
  expect(one).toMatch(/^[1-6]$/);
  expect(three).toMatch(/^(1?\d|20)( \+ (1?\d|20)){2}$/);
  expect(fromDice(dice)).toHaveLength(2);

  const group = await client.createGroup({ members: ["dice"] });
  group.send("!roll");
  await answers(group, 1);
  expect(bot.output()).toBe("dice is online\n");
});

test("it reports once that it is online, not with every connection", async () => {
  const bot = runScript(script);
  await bot.says(/dice is online/);
  const { dice } = person("erin");
  const [gateway] = embedded.cloud.gateways;
  await gateway?.stop();
  await gateway?.start();
  dice.send("!roll");
  await answers(dice, 1);
  expect(bot.output()).toBe("dice is online\n");
});

test.each(["no cloud is running", "no gateway is running"])(
  "if %s it says so in one line, and keeps trying",
  async (cause) => {
    const answer = JSON.stringify({ message: "No gateway is running." });
    const issuer = createServer((_, response) => void response.writeHead(503).end(answer));
    onTestFinished(() => void issuer.close());
    await once(issuer.listen(0, "127.0.0.1"), "listening");
    const { port } = issuer.address() as AddressInfo;
    if (cause === "no cloud is running") issuer.close();
    const away = join(app, "away.ts");
    writeFileSync(away, SOURCE.replace("http://127.0.0.1:4510", `http://127.0.0.1:${port}`));
    const bot = runScript(away);
    await bot.says(/\n/);
    expect(bot.output()).toMatch(
      /^3 attempts .* no token from the embedded cloud; is `npm start` running\?\n$/,
    );
    expect(bot.child.exitCode).toBeNull();
  },
);

test("after a crash it answers the messages written meanwhile, even more than a page of them, and none twice", async () => {
  const { dice } = person("bob");
  const first = runScript(script);
  dice.send("!roll");
  await answers(dice, 1);
  await first.killHard();
  await Promise.all(Array.from({ length: 60 }, () => dice.send("!roll").seq));
  runScript(script);
  await answers(dice, 61);
  await expectOneAnswerEach(dice);
});

test("two bots that are killed again and again at any moment answer everything once", async () => {
  const { dice } = person("carol");
  const bots: (Script | undefined)[] = [];
  const sent: Promise<number>[] = [];
  for (let round = 0; round < 8; round++) {
    const bot = runScript(script);
    await bots[round % 2]?.killHard();
    bots[round % 2] = bot;
    for (let roll = 0; roll < 4; roll++) {
      sent.push(dice.send("!roll").seq);
      await pause(Math.random() * 150);
    }
  }
  await Promise.all(sent);
  await answers(dice, sent.length);
  await expectOneAnswerEach(dice);
});

test("variables set its URL, and a command whose token names its user", async () => {
  const token = join(app, "token.mjs");
  const asked = { method: "POST", body: JSON.stringify({ user: "croupier" }) };
  writeFileSync(
    token,
    `const response = await fetch("${embedded.cloud.url}/token", ${JSON.stringify(asked)});
     console.log((await response.json()).token);`,
  );
  vi.stubEnv("PARLEY_URL", embedded.target.urls[1]);
  vi.stubEnv("PARLEY_TOKEN_COMMAND", `"${process.execPath}" "${token}"`);
  onTestFinished(() => void vi.unstubAllEnvs());
  runScript(join(app, "bot.ts"));
  const { client } = person("dave");
  const croupier = client.conversation({ user: "croupier" });
  croupier.send("!roll");
  await eventually(
    "an answer",
    () => entriesOf(croupier).some(({ sender }) => sender === "croupier"),
    PATIENCE,
  );
});
