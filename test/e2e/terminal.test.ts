import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../client/src/index.ts";
import { eventually } from "../support/eventually.ts";
import { chat, shows } from "../terminal/support/chat-program.ts";
import { screenChat } from "../terminal/support/screen-chat.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { newUser } from "./support/target.ts";

let embedded: Embedded;

beforeAll(async () => {
  // One gateway: if it stops, everybody is offline.
  embedded = await startEmbedded({ gateways: 1 });
});
afterAll(() => embedded.cloud.stop());

/** Opens the full-screen chat for this user. */
function atScreen(user: string) {
  const [url = ""] = embedded.target.urls;
  const client = createClient({
    user,
    url,
    token: () => embedded.target.mintToken(user),
    timings: { reconnect: { baseMs: 100, capMs: 500 } },
  });
  const screen = screenChat({ user, client, columns: 80, rows: 20 });
  client.connect();
  return { ...screen, client };
}

const program = (user: string, ...options: string[]) =>
  chat(user, "--server", embedded.cloud.url, ...options);

test("two terminals chat in a group over a gateway that restarts, and nothing is lost or doubled", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const screen = atScreen(alice);
  const lines = program(bob);
  await shows(lines, `signed in as ${bob}`);
  await screen.shows("No conversations yet");
  screen.enter(`/group "Lunch club" ${bob}`);
  await screen.shows(/^ Lunch club {2}2 members, 1 online/);
  await shows(lines, `[Lunch club] ${alice} created the group Lunch club with ${bob}`);
  lines.type("/open Lunch club", "where?");
  await screen.shows("where?");
  // She has added him, so she sees him when he has written.
  await screen.shows(/^ Lunch club {2}2 members, 2 online/);
  screen.enter("at the corner");
  await screen.shows(/at the corner {2}✓✓/);

  const [gateway] = embedded.cloud.gateways;
  await gateway?.stop();
  await screen.shows(/offline|connecting/);
  await eventually("bob to notice", () => lines.lines().includes("offline – reconnecting"), {
    timeoutMs: 15_000,
  });
  screen.enter("said offline");
  await screen.shows(/said offline {2}…/);
  lines.type("me too");
  await gateway?.start();

  await screen.shows(/said offline {2}✓✓/);
  await screen.shows("me too");
  await eventually("bob to be back", () => lines.output().includes("said offline"), { timeoutMs: 15_000 });
  const written = ["where?", "at the corner", "said offline", "me too"];
  for (const text of written) {
    expect(screen.screen.text.split(text)).toHaveLength(2);
    expect(lines.output().split(text)).toHaveLength(2);
  }
});

test("the owner of a group adds, removes, promotes and renames, and the members' presence is shown", async () => {
  const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
  const screen = atScreen(alice);
  const atBob = program(bob);
  await shows(atBob, `signed in as ${bob}`);
  await screen.shows("No conversations yet");
  screen.enter(`/group Team ${bob}`);
  await screen.shows(/^ Team {2}2 members, 1 online/);
  // She has added him, so she sees him when he has written.
  atBob.type("/open Team", "hello");
  await screen.shows(/^ Team {2}2 members, 2 online/);
  screen.enter(`/add ${carol}`);
  await screen.shows(`you added ${carol}`);
  screen.enter(`/role ${bob} admin`);
  await screen.shows(`you made ${bob} an admin`);
  screen.enter("/rename The team");
  await screen.shows(/^ The team {2}3 members, 2 online/);
  screen.enter("/members");
  await screen.shows(new RegExp(`● ${alice} +owner +you\\n● ${bob} +admin\\n {2}${carol} +member`));
  screen.enter(`/remove ${carol}`);
  await screen.shows(`you removed ${carol}`);

  atBob.type("/open The team", "/members");
  await shows(atBob, "with The team:");
  await eventually("the members", () => atBob.lines().some((line) => /admin +you$/.test(line)));
  // An admin cannot appoint an owner.
  atBob.type(`/role ${bob} owner`);
  await eventually("the refusal", () => atBob.lines().some((line) => line.startsWith("not done: ")));
  atBob.type("/leave");
  await screen.shows(`${bob} left`);
  await screen.shows(/^ The team {2}1 member, 1 online/);
  atBob.end();
  expect(await atBob.exited).toBe(1);
});

test("a bot that follows with --tail --json answers with --send", async () => {
  const [alice, bot] = [newUser("alice"), newUser("bot")];
  const screen = atScreen(alice);
  const tail = program(bot, "--tail", "--json");
  await eventually("the bot", () => tail.errors().includes("in sync"), { timeoutMs: 15_000 });
  screen.enter(`/open ${bot}`);
  screen.enter("ping");
  const line = await eventually("the message", () => tail.lines()[0] || undefined, { timeoutMs: 15_000 });
  const { sender, own, body } = JSON.parse(line);
  expect([sender, own, body]).toEqual([alice, false, { text: "ping" }]);
  const reply = program(bot, "--to", sender, "--send", `you said ${body.text}`, "--json");
  expect(await reply.exited).toBe(0);
  await screen.shows("you said ping");
  // A bot sees its own messages, marked `own`.
  await eventually("the echo", () => tail.lines().length > 2);
  expect(JSON.parse(tail.lines()[1] ?? "")).toMatchObject({ own: true, seq: JSON.parse(reply.output()).seq });
});
