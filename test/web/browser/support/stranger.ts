import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { eventually } from "../../../support/eventually.ts";
import type { SeededRandom } from "../../../support/seeded-random.ts";
import { Person } from "./person.ts";

/** A message that somebody meant to send. */
export interface Intent {
  /** Title of the conversation, as its sender sees it. */
  readonly place: string;
  /** Words that no other message has, and that survive an edit. */
  readonly tag: string;
  text: string;
  isDeleted: boolean;
}

const TEXTS: readonly ((tag: string) => string)[] = [
  (tag) => `hello ${tag}`,
  (tag) => `${tag}\nsecond line\n\n  indented ${tag}`,
  (tag) => `see https://example.com/${encodeURIComponent(tag)}?a=(b) ${tag}`,
  (tag) => `${tag} 👩‍👩‍👧‍👦👍🏽🇩🇪`,
  (tag) => `שלום ${tag} مرحبا`,
  (tag) => `${tag} ${"long words ".repeat(60).trim()}`,
  (tag) => `<b>${tag}</b> &amp; <script>alert(1)</script>`,
  (tag) => `${tag} `.repeat(3).trim(),
];

const DESKTOP = { width: 1200, height: 800 };
const WIDTHS = [320, 375, 640, 800, 1000, 1400];

/** Somebody who uses the page as nobody planned: hastily, offline, in two tabs, asleep, at every size. */
export class Stranger {
  readonly intents: Intent[] = [];
  /** Drafts that wait in their conversations. */
  readonly drafts = new Map<string, string>();
  /** Every page error, also of pages that are closed. */
  readonly errors: string[] = [];
  readonly #context: BrowserContext;
  readonly #url: string;
  readonly #places: readonly string[];
  readonly #random: SeededRandom;
  #person: Person;
  #session: CDPSession | undefined;
  #open: string | undefined;
  #count = 0;
  #isOffline = false;
  #isAsleep = false;

  constructor(person: Person, options: { url: string; places: readonly string[]; random: SeededRandom }) {
    this.#person = person;
    this.#context = person.page.context();
    this.#url = options.url;
    this.#places = options.places;
    this.#random = options.random;
    this.#watch(person);
  }

  get name(): string {
    return this.#person.name;
  }

  get page(): Page {
    return this.#person.page;
  }

  /** Does something, and returns what. */
  async act(): Promise<string> {
    if (this.#isAsleep) return this.#wakes();
    if (this.#isOffline && this.#random.chance(0.3)) return this.#comesOnline();
    const acts = [
      () => this.#writes(),
      () => this.#writes(),
      () => this.#writes(),
      () => this.#switchesAndWrites(),
      () => this.#switchesAndWrites(),
      () => this.#drafts(),
      () => this.#edits(),
      () => this.#deletes(),
      () => this.#pastes(),
      () => this.#resizes(),
      () => this.#goesOffline(),
      () => this.#sleeps(),
      () => this.#reloads(),
      () => this.#writesAndReloads(),
      () => this.#closesAndReturns(),
      () => this.#usesAnotherTab(),
    ];
    const act = this.#random.oneOf(acts);
    return act === undefined ? "" : act();
  }

  /** Ends whatever is still going on, and sends the drafts. */
  async settle(): Promise<void> {
    if (this.#isAsleep) await this.#wakes();
    if (this.#isOffline) await this.#comesOnline();
    await this.page.setViewportSize(DESKTOP);
    for (const [place, draft] of [...this.drafts]) {
      await this.#goTo(place);
      await this.#findsDraft(draft);
      await this.#sendsDraft(place, draft);
    }
    const waiting = this.#person.log.getByRole("img", { name: "Waiting to be sent" });
    for (const place of this.#places) {
      await this.#goTo(place);
      await eventually(
        `nothing to wait in ${place} of ${this.name}`,
        async () => (await waiting.count()) === 0,
        {
          timeoutMs: 30_000,
        },
      );
    }
  }

  /** Returns the texts that a conversation shows once it shows this many, or after a while. */
  async shown(place: string, count: number): Promise<string[]> {
    await this.#goTo(place);
    const { log } = this.#person;
    const texts = () => log.locator(".text:not(.deleted)").allTextContents();
    const isComplete = async () => {
      if ((await texts()).length >= count) return true;
      await log.evaluate((region) => region.scrollTo(0, 0));
      return false;
    };
    await eventually(`${count} messages`, isComplete, { timeoutMs: 20_000 }).catch(() => undefined);
    return texts();
  }

  async #writes(): Promise<string> {
    const place = await this.#somewhere();
    const intent = this.#intends(place);
    await this.#sendsWithField(intent.text);
    return `writes ${intent.tag} in ${place}`;
  }

  /** Clicks and types without looking whether the page has followed. */
  async #switchesAndWrites(): Promise<string> {
    const others = this.#places.filter((place) => place !== this.#open && !this.drafts.has(place));
    const place = this.#random.oneOf(others);
    if (place === undefined) return this.#writes();
    await this.#clicks(place);
    const intent = this.#intends(place);
    await this.#sendsWithField(intent.text);
    return `opens ${place} and writes ${intent.tag} at once`;
  }

  async #drafts(): Promise<string> {
    const place = await this.#somewhere();
    const tag = this.#tag();
    const draft = `draft ${tag}`;
    await this.#person.field.fill(draft);
    this.drafts.set(place, draft);
    const other = this.#random.oneOf(this.#places.filter((one) => one !== place && !this.drafts.has(one)));
    if (other !== undefined) await this.#goTo(other);
    else this.#open = undefined;
    return `leaves the draft ${tag} in ${place}`;
  }

  async #edits(): Promise<string> {
    const place = await this.#somewhere();
    const last = await this.#lastOwn(place);
    if (last === undefined) return "has nothing to edit";
    const { field } = this.#person;
    await field.press("ArrowUp");
    await this.page.getByText("Editing your message").waitFor();
    await eventually("the text to edit", async () => (await field.inputValue()) === last.text);
    last.text = `edited ${last.tag} ${this.#random.below(1000)}`;
    await field.fill(last.text);
    await field.press("Enter");
    await this.page.getByText("Editing your message").waitFor({ state: "detached" });
    return `edits ${last.tag} in ${place}`;
  }

  async #deletes(): Promise<string> {
    const place = await this.#somewhere();
    const last = await this.#lastOwn(place);
    if (last === undefined) return "has nothing to delete";
    await this.#person.chooses(last.tag, "Delete");
    await this.#person.confirms("Delete");
    await this.#person.message(last.tag).waitFor({ state: "detached" });
    last.isDeleted = true;
    return `deletes ${last.tag} in ${place}`;
  }

  async #pastes(): Promise<string> {
    const place = await this.#somewhere();
    const intent = this.#intends(place, (tag) => `pasted ${tag}\n\tfunction f() {\n\t\treturn 1\n\t}\n}`);
    await this.#person.field.click();
    await this.page.keyboard.insertText(intent.text);
    await this.#person.field.press("Enter");
    return `pastes ${intent.tag} in ${place}`;
  }

  async #resizes(): Promise<string> {
    const width = this.#random.oneOf(WIDTHS) ?? DESKTOP.width;
    const height = 400 + this.#random.below(600);
    await this.page.setViewportSize({ width, height });
    return `makes the window ${width} by ${height}`;
  }

  async #goesOffline(): Promise<string> {
    await this.#context.setOffline(true);
    this.#isOffline = true;
    return "goes offline";
  }

  async #comesOnline(): Promise<string> {
    await this.#context.setOffline(false);
    this.#isOffline = false;
    return "comes online";
  }

  async #sleeps(): Promise<string> {
    if (this.#isOffline) return "cannot sleep";
    this.#session ??= await this.#context.newCDPSession(this.page);
    await this.#session.send("Page.setWebLifecycleState", { state: "frozen" });
    this.#isAsleep = true;
    return "falls asleep";
  }

  async #wakes(): Promise<string> {
    await this.#session?.send("Page.setWebLifecycleState", { state: "active" });
    this.#isAsleep = false;
    return "wakes up";
  }

  async #reloads(): Promise<string> {
    // Without a network there is nothing to load.
    if (this.#isOffline) return "cannot reload";
    await this.page.reload();
    return "reloads";
  }

  async #writesAndReloads(): Promise<string> {
    if (this.#isOffline) return this.#writes();
    const place = await this.#somewhere();
    const intent = this.#intends(place);
    await this.#person.field.fill(intent.text);
    await this.#person.field.press("Enter");
    await this.page.reload();
    await this.#sendsWhatIsBack(place, intent.text);
    return `writes ${intent.tag} in ${place} and reloads`;
  }

  async #closesAndReturns(): Promise<string> {
    if (this.#isOffline) return "cannot return";
    const place = await this.#somewhere();
    const intent = this.#intends(place);
    await this.#person.field.fill(intent.text);
    await this.#person.field.press("Enter");
    await this.page.close();
    await this.#opensPage();
    await this.#sendsWhatIsBack(place, intent.text);
    return `writes ${intent.tag} in ${place}, closes the page and opens it again`;
  }

  async #usesAnotherTab(): Promise<string> {
    if (this.#isOffline) return "has no other tab";
    const first = this.page;
    await this.#opensPage();
    const place = this.#random.oneOf(this.#places.filter((one) => !this.drafts.has(one)));
    if (place === undefined) return "has drafts everywhere";
    await this.#goTo(place);
    const intent = this.#intends(place);
    await this.#sendsWithField(intent.text);
    await first.close();
    return `writes ${intent.tag} in ${place} in another tab and closes the first`;
  }

  /** Sends a text that was not sent when the page ended, and is in the field again, maybe after one of before. */
  async #sendsWhatIsBack(place: string, text: string): Promise<void> {
    await this.#goTo(place);
    const { field } = this.#person;
    const isBack = async () => (await field.inputValue()).endsWith(text);
    const isSent = async () => (await this.#person.message(text.split("\n")[0] ?? "").count()) > 0;
    await eventually(`"${text}" in the log or the field`, async () => (await isSent()) || (await isBack()));
    if (!(await isBack())) return;
    const whole = await field.inputValue();
    const parts = this.intents.filter((intent) => intent.place === place && whole.includes(intent.text));
    const last = parts.at(-1);
    for (const part of parts.slice(0, -1)) this.intents.splice(this.intents.indexOf(part), 1);
    if (last !== undefined) last.text = whole;
    await field.press("Enter");
  }

  async #opensPage(): Promise<void> {
    this.#session = undefined;
    this.#person = new Person(this.name, await this.#context.newPage());
    this.#watch(this.#person);
    await this.page.setViewportSize(DESKTOP);
    await this.page.goto(`${this.#url}/?user=${this.name}`);
    this.#open = undefined;
  }

  #watch({ page }: Person): void {
    page.on("pageerror", ({ message }) => this.errors.push(message));
  }

  /** Returns the open conversation, or opens one. If it has a draft, sends that first. */
  async #somewhere(): Promise<string> {
    const place = this.#open ?? this.#random.oneOf(this.#places) ?? "";
    if (this.#open === undefined) await this.#goTo(place);
    const draft = this.drafts.get(place);
    if (draft !== undefined) {
      await this.#findsDraft(draft);
      await this.#sendsDraft(place, draft);
    }
    return place;
  }

  async #findsDraft(draft: string): Promise<void> {
    const { field } = this.#person;
    await eventually(`the draft "${draft}"`, async () => (await field.inputValue()) === draft);
  }

  async #sendsDraft(place: string, draft: string): Promise<void> {
    this.drafts.delete(place);
    this.intents.push({ place, tag: draft.slice("draft ".length), text: draft, isDeleted: false });
    await this.#person.field.press("Enter");
    await this.#person.sees(draft);
  }

  async #sendsWithField(text: string): Promise<void> {
    await this.#person.field.fill(text);
    await this.#person.field.press("Enter");
  }

  async #goTo(place: string): Promise<void> {
    await this.#clicks(place);
    await this.page.getByRole("heading", { level: 1, name: place }).waitFor();
  }

  async #clicks(place: string): Promise<void> {
    // A narrow window shows the list or a conversation.
    const back = this.page.getByRole("button", { name: "Back to the list" });
    const row = this.#person.row(place).getByRole("link");
    await back.or(row).first().waitFor();
    if (await back.isVisible()) await back.click();
    await row.click();
    this.#open = place;
  }

  /** Returns the newest own message of a conversation, if it has left this device and can be changed. */
  async #lastOwn(place: string): Promise<Intent | undefined> {
    const own = this.intents.filter((intent) => intent.place === place && !intent.isDeleted);
    const last = own.at(-1);
    if (last === undefined || this.#isOffline) return undefined;
    await this.#person.sees(last.tag);
    const waiting = this.#person.message(last.tag).getByRole("img", { name: "Waiting to be sent" });
    await waiting.waitFor({ state: "detached" });
    return last;
  }

  #intends(place: string, textOf = this.#random.oneOf(TEXTS)): Intent {
    const tag = this.#tag();
    const intent = { place, tag, text: textOf?.(tag) ?? tag, isDeleted: false };
    this.intents.push(intent);
    return intent;
  }

  #tag(): string {
    this.#count += 1;
    return `${this.name}.${this.#count}.`;
  }
}
