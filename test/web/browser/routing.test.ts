import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import type { Person, PersonOptions } from "./support/person.ts";
import { ARROW_DOWN, ENTER, middleOf, RawInput } from "./support/raw-input.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

const PHONE = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };

interface Sent {
  readonly conversation: string;
  readonly text: string;
}

/** A person with three conversations, the texts that their page sends, and input that does not wait for the page. */
class Hurried {
  readonly person: Person;
  readonly input: RawInput;
  readonly peers: readonly string[];
  readonly sent: Sent[];
  readonly idOf: ReadonlyMap<string, string>;
  #count = 0;

  private constructor(
    person: Person,
    input: RawInput,
    peers: readonly string[],
    sent: Sent[],
    idOf: ReadonlyMap<string, string>,
  ) {
    this.person = person;
    this.input = input;
    this.peers = peers;
    this.sent = sent;
    this.idOf = idOf;
  }

  static async signIn(options: PersonOptions = {}): Promise<Hurried> {
    const sent: Sent[] = [];
    const person = await app.person("alice", {
      ...options,
      prepare: async (page) => collectSent(page, sent),
    });
    const peers = ["bob", "carol", "dave"].map((name) => app.uniqueName(name));
    const idOf = new Map<string, string>();
    for (const peer of peers) {
      await person.startsChatWith(peer);
      await person.says(`hello ${peer}`);
      await person.seesStatus(`hello ${peer}`, "Sent");
      const id = () => /#\/c\/(.+)$/.exec(person.page.url())?.[1];
      idOf.set(peer, decodeURIComponent(await eventually("the id in the address", id)));
      if (options.isMobile) await person.page.getByRole("button", { name: "Back to the list" }).click();
    }
    if (options.isMobile)
      await person
        .row(peers[0] ?? "")
        .getByRole("link")
        .tap();
    sent.length = 0;
    await person.page.evaluate(logInput);
    return new Hurried(person, await RawInput.of(person.page), peers, sent, idOf);
  }

  /** Returns a peer whose conversation is not the open one. */
  async other(): Promise<string> {
    const open = await this.person.page.evaluate(shownConversation);
    const others = this.peers.filter((peer) => peer !== open);
    this.#count += 1;
    return others[this.#count % others.length] ?? "";
  }

  text(to: string): string {
    return `${to}: ${this.#count}`;
  }

  /** Waits until a text was sent, and all that was sent is acknowledged. */
  async hasSent(text: string): Promise<void> {
    await eventually(text, () => this.sent.some((entry) => entry.text === text), { timeoutMs: 20_000 });
    await this.person.log
      .getByRole("img", { name: "Waiting to be sent" })
      .first()
      .waitFor({ state: "detached" });
  }

  /** Returns the texts that went to somebody else than they name. */
  wrong(): Sent[] {
    return this.sent.filter(({ conversation, text }) => {
      const name = /^(\w+):/.exec(text)?.[1] ?? "";
      return this.idOf.get(name) !== conversation;
    });
  }
}

function collectSent(page: Page, sent: Sent[]): void {
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const frame = JSON.parse(String(payload)) as {
        type: string;
        conversation?: string;
        entries?: { body: { text?: string } }[];
      };
      if (frame.type !== "send") return;
      for (const { body } of frame.entries ?? [])
        sent.push({ conversation: frame.conversation ?? "", text: body.text ?? "" });
    }),
  );
}

/** Runs in the page: returns the peer whose conversation is shown. */
function shownConversation(): string {
  return document.querySelector("main")?.getAttribute("aria-label")?.replace("Conversation: ", "") ?? "";
}

/** Runs in the page: notes, with every change of a field, whose conversation is shown. */
function logInput(): void {
  const inputs: { value: string; shown: string }[] = [];
  Object.assign(globalThis, { inputs });
  addEventListener(
    "input",
    ({ target }) => {
      const shown = document.querySelector("main")?.getAttribute("aria-label")?.replace("Conversation: ", "");
      inputs.push({ value: (target as HTMLTextAreaElement).value, shown: shown ?? "" });
    },
    true,
  );
}

function inputs(): { value: string; shown: string }[] {
  return (globalThis as unknown as { inputs: { value: string; shown: string }[] }).inputs;
}

describe("a message goes to whom it was meant for", () => {
  test.each([
    { rate: 1, tries: 40 },
    { rate: 20, tries: 12 },
  ])(
    "by a click on a row, without a pause before typing (processor $rate times slower)",
    async ({ rate, tries }) => {
      const alice = await Hurried.signIn();
      const field = await middleOf(alice.person.field);
      for (let attempt = 0; attempt < tries; attempt += 1) {
        const peer = await alice.other();
        const text = alice.text(peer);
        const row = await middleOf(alice.person.row(peer));
        await alice.input.throttle(rate);
        alice.input.click(row);
        alice.input.click(field);
        alice.input.type(text);
        alice.input.press(ENTER);
        await alice.input.handled();
        await alice.input.throttle(1);
        await alice.hasSent(text);
      }
      expect(alice.wrong()).toEqual([]);
      expect(alice.sent).toHaveLength(tries);
    },
  );

  test.each([
    { rate: 1, tries: 20 },
    { rate: 20, tries: 8 },
  ])("by a tap on a row of a phone (processor $rate times slower)", async ({ rate, tries }) => {
    const alice = await Hurried.signIn(PHONE);
    const { page } = alice.person;
    const field = await middleOf(alice.person.field);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      await page.getByRole("button", { name: "Back to the list" }).click();
      const peer = alice.peers[attempt % 3] ?? "";
      const text = `${peer}: ${attempt}`;
      const row = await middleOf(alice.person.row(peer));
      await alice.input.throttle(rate);
      alice.input.tap(row);
      alice.input.tap(field);
      // A phone shows its keyboard once the field has the focus.
      await alice.person.page.locator("textarea:focus").waitFor();
      alice.input.type(text);
      alice.input.press(ENTER);
      await alice.input.handled();
      await alice.input.throttle(1);
      await alice.hasSent(text);
    }
    expect(alice.wrong()).toEqual([]);
  });

  test("by Enter on a row that the arrow keys have reached", async () => {
    const alice = await Hurried.signIn();
    const rows = alice.person.conversationList.getByRole("listitem");
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await rows.first().getByRole("link").focus();
      const steps = 1 + (attempt % 2);
      // The newest conversation is the open one, and the first.
      const peer = (await rows.nth(steps).locator(".name").textContent()) ?? "";
      const text = `${peer}: ${attempt}`;
      for (let step = 0; step < steps; step += 1) alice.input.press(ARROW_DOWN);
      alice.input.press(ENTER);
      alice.input.type(text);
      alice.input.press(ENTER);
      await alice.input.handled();
      await alice.hasSent(text);
    }
    expect(alice.wrong()).toEqual([]);
  });

  test("by a click and a text of a script, or of a screen reader, in one go", async () => {
    const alice = await Hurried.signIn();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const peer = await alice.other();
      const text = alice.text(peer);
      await alice.person.page.evaluate(
        ([name, typed]) => {
          const links = [...document.querySelectorAll<HTMLElement>("nav a")];
          links.find((link) => link.textContent?.includes(name))?.click();
          const field = document.querySelector("main textarea") as HTMLTextAreaElement;
          field.value = typed;
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          field.form?.requestSubmit();
        },
        [peer, text] as const,
      );
      await alice.hasSent(text);
    }
    expect(alice.wrong()).toEqual([]);
  });

  test.each([
    { way: "the history", rate: 1, tries: 24 },
    { way: "the history", rate: 20, tries: 8 },
    { way: "a pasted address", rate: 1, tries: 24 },
    { way: "a pasted address", rate: 20, tries: 8 },
  ])(
    "which is the conversation shown while it was typed, when $way changes it (processor $rate times slower)",
    async ({ way, rate, tries }) => {
      const alice = await Hurried.signIn();
      const { page } = alice.person;
      await alice.input.throttle(rate);
      for (let attempt = 0; attempt < tries; attempt += 1) {
        const peer = await alice.other();
        if (way === "the history") await alice.input.goBy(attempt % 2 === 0 ? -1 : 1);
        else alice.input.goTo(`${app.cloud.url}/#/c/${encodeURIComponent(alice.idOf.get(peer) ?? "")}`);
        alice.input.type(`${attempt},`);
        alice.input.press(ENTER);
        await alice.input.handled();
      }
      await alice.input.throttle(1);
      const last = await alice.other();
      await alice.person.opens(last);
      await alice.person.says(`${last}: the end`);
      await alice.hasSent(`${last}: the end`);
      const typed = await page.evaluate(inputs);
      const wrong = alice.sent.filter(({ conversation, text }) =>
        typed.some(({ value, shown }) => value === text && alice.idOf.get(shown) !== conversation),
      );
      expect(wrong).toEqual([]);
      expect(alice.sent.length).toBeGreaterThan(1);
    },
  );
});

describe("a group that is created late", () => {
  const stop = () => Promise.all(app.cloud.gateways.map((gateway) => gateway.stop()));
  const start = () => Promise.all(app.cloud.gateways.map((gateway) => gateway.start()));

  test("is not opened over the conversation in which the user writes by now", async () => {
    const alice = await app.person("alice");
    const [bob, carol] = [app.uniqueName("bob"), app.uniqueName("carol")];
    await alice.startsChatWith(bob);
    await alice.says("hello");
    await stop();
    await alice.createsGroup("Team", bob, carol);
    await alice.field.pressSequentially("for b");
    await start();
    await alice.row("Team").waitFor();
    await alice.field.pressSequentially("ob");
    await alice.field.press("Enter");
    await alice.seesStatus("for bob", "Sent");
    await alice.page.getByRole("heading", { level: 1, name: bob }).waitFor();
  });

  test("is opened when nothing else is open", async () => {
    const alice = await app.person("alice");
    await stop();
    await alice.createsGroup("Team", app.uniqueName("bob"), app.uniqueName("carol"));
    await start();
    await alice.page.getByRole("heading", { level: 1, name: "Team" }).waitFor();
    await alice.page.getByText("The group will be created").waitFor({ state: "detached" });
  });
});

/** Runs in the page: opens a conversation and goes back after a pause. Returns the address and whether a conversation is shown. */
async function openAndGoBack([name, pauseMs]: readonly [string, number]) {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const links = [...document.querySelectorAll<HTMLElement>("nav a")];
  links.find((link) => link.textContent?.includes(name))?.click();
  if (pauseMs >= 0) await pause(pauseMs);
  const isBack = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
  history.back();
  await isBack;
  // Effects of the renderings before and after run after the next frame.
  await new Promise(requestAnimationFrame);
  await pause(30);
  return { hash: location.hash, isShown: document.querySelector("main.conversation") !== null };
}

describe("the address", () => {
  test("names what is shown after a tap on a row and a step back some milliseconds later", async () => {
    const alice = await Hurried.signIn(PHONE);
    await alice.person.page.getByRole("button", { name: "Back to the list" }).click();
    for (const pauseMs of [-1, 0, 4, 8, 16, 30]) {
      for (let attempt = 0; attempt < 9; attempt += 1) {
        const peer = alice.peers[attempt % 3] ?? "";
        const after = await alice.person.page.evaluate(openAndGoBack, [peer, pauseMs] as const);
        expect(after, `after ${pauseMs} ms`).toEqual({ hash: "#/", isShown: false });
      }
    }
  });
});
