import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Cloud, CloudOptions } from "../../../../local/cloud-options.ts";
import { startEmbedded } from "../../../e2e/support/embedded.ts";
import { launchBrowser, screenshotFile } from "./browser.ts";
import { Person, type PersonOptions } from "./person.ts";

export interface Window {
  readonly cloud: Cloud;
  /** Somebody at a browser, by default with a new name made of `first`. */
  person(first: string, options?: PersonOptions & { readonly name?: string }): Promise<Person>;
  /** Two people who look at their conversation, in which the first has said something. */
  pair(text: string): Promise<{ alice: Person; bob: Person }>;
  /** A name nobody else has. */
  nameOf(name: string): string;
}

let users = 0;

/** An embedded cloud with its page, and a browser, for the tests of a file. */
export function openWindow(options: CloudOptions = {}): Window {
  let parts: { readonly cloud: Cloud; readonly browser: Browser } | undefined;
  let people: Person[] = [];
  const open = () => {
    if (parts === undefined) throw new Error("before the tests");
    return parts;
  };

  beforeAll(async () => {
    const { cloud } = await startEmbedded({ web: { signIn: "development" }, ...options });
    parts = { cloud, browser: await launchBrowser() };
  });

  afterEach(async ({ task }) => {
    const present = people;
    people = [];
    if (task.result?.state === "fail") {
      for (const { name, page } of present) await page.screenshot({ path: screenshotFile(`failed-${name}`) });
    }
    await Promise.all(present.map((person) => person.close()));
    expect(present.flatMap(({ errors }) => errors)).toEqual([]);
  });

  afterAll(async () => {
    await parts?.browser.close();
    await parts?.cloud.stop();
  });

  const nameOf = (name: string) => {
    users += 1;
    return `${name}${users}`;
  };
  const person: Window["person"] = async (first, { name = nameOf(first), ...personOptions } = {}) => {
    const { cloud, browser } = open();
    const person = await Person.signIn(browser, cloud.url, name, personOptions);
    people.push(person);
    return person;
  };
  return {
    get cloud() {
      return open().cloud;
    },
    nameOf,
    person,
    async pair(text) {
      const alice = await person("alice");
      const bob = await person("bob");
      await alice.startsChatWith(bob.name);
      await alice.says(text);
      await bob.opens(alice.name);
      await bob.sees(text);
      return { alice, bob };
    },
  };
}
