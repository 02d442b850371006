import { expect, test } from "vitest";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { Entry } from "../../../protocol/index.ts";
import { connect, say } from "../../e2e/support/target.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { screenshotFile } from "./support/browser.ts";
import { type Intent, Stranger } from "./support/stranger.ts";
import { openWebApp } from "./support/web-app.ts";

// Two people use the page for half an hour as nobody planned. Every step is half a minute of the cloud's clock. Then each
// side must show what is in the log, and the log must hold what each meant, where they meant it.

const app = openWebApp();

/** CI runs three seeds. */
const SEEDS = (process.env.PARLEY_STRANGER_SEEDS ?? "1").split(",").map(Number);
const STEPS = 60;
const STEP_MS = 30_000;

const restart = () =>
  Promise.all(
    app.cloud.gateways.map(async (gateway) => {
      await gateway.stop();
      await gateway.start();
    }),
  );

const shownTexts = (log: readonly Entry[]) =>
  log.flatMap(({ kind, body }) =>
    kind === "text" && body !== null ? [(body as { text: string }).text] : [],
  );

const wordsOf = (intents: readonly Intent[]) =>
  intents.flatMap(({ text, isDeleted }) => (isDeleted ? [] : [text])).sort();

test.each(SEEDS)(
  "two people, half an hour and seed %i: each sees what is in the log, and the log has what they meant",
  async (seed) => {
    const random = new SeededRandom(seed);
    const [alice, bob] = [
      await app.person("alice"),
      await app.person("bob", { viewport: { width: 390, height: 800 } }),
    ];
    const [wireOfAlice, wireOfBob] = [
      await connect(app.target, alice.name),
      await connect(app.target, bob.name),
    ];
    const direct = directConversationId(alice.name, bob.name);
    await say(wireOfAlice, bob.name, "first", 0);
    await say(wireOfBob, alice.name, "second", [1, 1]);
    await Promise.all([wireOfAlice.close(), wireOfBob.close()]);
    const groups = ["Club", "Work"].map((title) => `${title} ${seed}`);
    await alice.createsGroup(groups[0] ?? "", bob.name);
    await alice.createsGroup(groups[1] ?? "", bob.name);
    for (const title of groups) await bob.row(title).waitFor();

    const { url } = app.cloud;
    const people = [
      new Stranger(alice, { url, random, places: [bob.name, ...groups] }),
      new Stranger(bob, { url, random, places: [alice.name, ...groups] }),
    ] as const;
    const steps: string[] = [];
    try {
      for (let step = 0; step < STEPS; step++) {
        if (random.chance(0.05)) {
          steps.push("the server restarts");
          await restart();
        }
        const person = random.oneOf(people) ?? people[0];
        steps.push(`${person.name} begins`);
        steps[steps.length - 1] = `${person.name} ${await person.act()}`;
        app.cloud.clock.advance(STEP_MS);
      }
      for (const person of people) await person.settle();
    } catch (error) {
      for (const { name, page } of people)
        await page.screenshot({ path: screenshotFile(`stranger-${name}`) });
      throw new Error(`seed ${seed}:\n${steps.join("\n")}`, { cause: error });
    }

    const wire = await connect(app.target, alice.name);
    const { conversations } = await wire.sync();
    const idOf = (title: string) =>
      conversations.find((conversation) => "title" in conversation && conversation.title === title)
        ?.conversation;
    for (const [ofAlice, ofBob] of [[bob.name, alice.name], ...groups.map((title) => [title, title])] as [
      string,
      string,
    ][]) {
      const id = groups.includes(ofAlice) ? (idOf(ofAlice) ?? "") : direct;
      const texts = shownTexts(await wire.log(id));
      const meant = [
        ...people[0].intents.filter(({ place }) => place === ofAlice),
        ...people[1].intents.filter(({ place }) => place === ofBob),
      ];
      const before = id === direct ? ["first", "second"] : [];
      const context = `seed ${seed}, ${ofAlice}:\n${steps.join("\n")}`;
      expect([...texts].sort(), context).toEqual([...before, ...wordsOf(meant)].sort());
      expect(await people[0].shown(ofAlice, texts.length), context).toEqual(texts);
      expect(await people[1].shown(ofBob, texts.length), context).toEqual(texts);
    }
    for (const { name, page, errors } of people) {
      expect(errors, `seed ${seed}`).toEqual([]);
      await page.screenshot({ path: screenshotFile(`stranger-${name.replace(/\d+$/, "")}`) });
    }
  },
  300_000,
);
