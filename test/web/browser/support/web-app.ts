import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Cloud, CloudOptions } from "../../../../local/cloud-options.ts";
import { type Embedded, startEmbedded } from "../../../e2e/support/embedded.ts";
import type { Target } from "../../../e2e/support/target.ts";
import { launchBrowser, screenshotFile } from "./browser.ts";
import { Person, type PersonOptions } from "./person.ts";

export interface WebApp {
  readonly cloud: Cloud;
  /** The same cloud, for programs that connect over the wire. */
  readonly target: Target;
  /** Signs a person in at a new browser window, by default under a unique name that begins with `prefix`. */
  person(prefix: string, options?: PersonOptions & { readonly name?: string }): Promise<Person>;
  /**
   * Signs in two people who have their conversation open, in which the first has written `text`. If the second has
   * answered, they see each other online and reading.
   */
  pair(text: string, answer?: string): Promise<{ alice: Person; bob: Person }>;
  /** Returns a name that nobody else has. */
  uniqueName(prefix: string): string;
}

let userCount = 0;

/** Starts an embedded cloud with its web page, and a browser, for the tests of a file. */
export function openWebApp(options: CloudOptions = {}): WebApp {
  let running: (Embedded & { readonly browser: Browser }) | undefined;
  let people: Person[] = [];
  const getRunning = () => {
    if (running === undefined) throw new Error("the web app runs only within tests");
    return running;
  };

  beforeAll(async () => {
    const embedded = await startEmbedded({ web: { signIn: "development" }, ...options });
    running = { ...embedded, browser: await launchBrowser() };
  });

  afterEach(async ({ task }) => {
    const present = people;
    people = [];
    if (task.result?.state === "fail") {
      for (const { name, page } of present) {
        if (!page.isClosed()) await page.screenshot({ path: screenshotFile(`failed-${name}`) });
      }
    }
    await Promise.all(present.map((person) => person.close()));
    // A test that failed may have left them stopped.
    await Promise.all(running?.cloud.gateways.map((gateway) => gateway.start()) ?? []);
    expect(present.flatMap(({ errors }) => errors)).toEqual([]);
  });

  afterAll(async () => {
    await running?.browser.close();
    await running?.cloud.stop();
  });

  const uniqueName = (prefix: string) => {
    userCount += 1;
    return `${prefix}${userCount}`;
  };
  const person: WebApp["person"] = async (prefix, { name = uniqueName(prefix), ...personOptions } = {}) => {
    const { cloud, browser } = getRunning();
    const person = await Person.signIn(browser, cloud.url, name, personOptions);
    people.push(person);
    return person;
  };
  return {
    get cloud() {
      return getRunning().cloud;
    },
    get target() {
      return getRunning().target;
    },
    uniqueName,
    person,
    async pair(text, answer) {
      const alice = await person("alice");
      const bob = await person("bob");
      if (answer === undefined) await alice.writesTo(bob, text);
      else await alice.talksWith(bob, text, answer);
      return { alice, bob };
    },
  };
}
