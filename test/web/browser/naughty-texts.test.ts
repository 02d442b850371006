import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { graphemes } from "../../../client/src/ui.ts";
import { allEmoji } from "../../support/emoji.ts";
import { launchBrowser, screenshotFile } from "./support/browser.ts";
import type { Drawing, DrawnEntry } from "./support/harness/drawing.ts";
import { type Harness, openHarness } from "./support/harness/open.ts";
import { NAUGHTY_TEXTS } from "./support/naughty-texts.ts";

/** Messages that are shown at once. */
const SHOWN = 500;
const SEED = 20_261_130;
/** Texts made by chance from each seed. */
const TEXTS = 1_000;
/** Seeds in all. More of them are for a change of how texts are shown. */
const SEEDS = Number(process.env.PARLEY_NAUGHTY_SEEDS ?? 4);

/** A narrow screen and a wide one. The one that is shown comes first: it has been laid out. */
const widths = [320, 1_200];

let browser: Browser;
let page: Page;
let harness: Harness;
const errors: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on("pageerror", ({ message }) => errors.push(message));
  harness = await openHarness(page);
});

afterAll(() => browser.close());

const message = (text: string): DrawnEntry => ({ kind: "text", sender: "bob", body: { text } });

/** Shows all entries, some at a time, on a narrow screen and on a wide one. */
async function drawAll(entries: readonly DrawnEntry[]): Promise<Drawing[]> {
  const drawings: Drawing[] = [];
  for (let start = 0; start < entries.length; start += SHOWN) {
    await harness.draw(entries.slice(start, start + SHOWN));
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const drawing = await harness.look();
      expect(drawing).toMatchObject({ failed: 0, fallbacks: 0, scrollsSideways: false, outside: [] });
      drawings.push(drawing);
    }
    widths.reverse();
  }
  expect(errors).toEqual([]);
  expect(await page.evaluate("window.failed")).toBeUndefined();
  return drawings;
}

async function expectTexts(texts: readonly string[]): Promise<void> {
  for (let start = 0; start < texts.length; start += SHOWN) {
    const some = texts.slice(start, start + SHOWN);
    for (const { texts: seen } of await drawAll(some.map(message))) expect(seen).toEqual(some);
  }
}

describe("a text is shown as it is, in its place", () => {
  test.each(Object.entries(NAUGHTY_TEXTS))("if it %s", async (name, texts) => {
    await expectTexts(texts);
    await page.screenshot({ path: screenshotFile(`naughty-${name.replaceAll(" ", "-")}`) });
  });

  test("if it is an emoji of Unicode's list, alone or in a word", async () => {
    const shown = allEmoji().map((emoji, index) => (index % 2 === 0 ? emoji : `a${emoji}b`));
    const fours = shown.map((_, index) => shown.slice(index, index + 4).join(" "));
    await expectTexts(fours.filter((_, index) => index % 4 === 0));
  });

  test.each(Array.from({ length: SEEDS }, (_, index) => SEED + index))(
    "if chance has made it, from %i",
    async (seed) => {
      const pieces = [...Object.values(NAUGHTY_TEXTS).flat(), ...allEmoji()].filter(
        ({ length }) => length < 60,
      );
      const text = fc.oneof(
        fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((all) => all.join("")),
        fc
          .array(fc.constantFrom(...pieces.flatMap((piece) => [...piece])), { minLength: 1, maxLength: 40 })
          .map((all) => all.join("")),
        fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
        fc
          .tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }), fc.nat(60))
          .map(([unit, count]) => unit.repeat(count + 1)),
      );
      await expectTexts(fc.sample(text, { numRuns: TEXTS, seed }).map((one) => one.toWellFormed()));
    },
  );
});

describe("a name is shown in its place", () => {
  const someEmoji = allEmoji().filter((_, index) => index % 8 === 0);
  const names = [...Object.values(NAUGHTY_TEXTS).flat(), ...someEmoji]
    .map((name) => name.replace(/\p{Cc}/gu, "").trim())
    .filter((name) => name !== "")
    .map((name) => [...graphemes(name)].slice(0, 30).join("").slice(0, 128).toWellFormed());

  test("above messages, in reactions, and in what happened to a group", async () => {
    const drawings = await drawAll(
      names.flatMap((name, index): DrawnEntry[] => [
        {
          ...message("hello"),
          sender: name,
          reactions: { [[...graphemes(name.replace(/\s/g, ""))][0] ?? "x"]: [name] },
        },
        index % 2 === 0
          ? { kind: "create", sender: name, body: { title: name, members: [name, "bob"] } }
          : { kind: `x.${name.slice(0, 32)}`, sender: "bob", body: { [name]: [name, { deep: name }] } },
      ]),
    );
    const shown = drawings.flatMap(({ initials }) => initials);
    expect(shown.length).toBeGreaterThan(names.length);
    // Never half a character: at most two words give one each.
    expect(shown.filter((initials) => initials === "" || [...graphemes(initials)].length > 4)).toEqual([]);
    await page.screenshot({ path: screenshotFile("naughty-names") });
  });
});
