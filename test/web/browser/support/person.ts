import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** Longest wait for anything to appear. */
const TIMEOUT_MS = 25_000;

export interface PersonOptions extends BrowserContextOptions {
  /** Changes the page before anything is loaded into it. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A person at their own browser, who does what people do and sees what they see. */
export class Person {
  readonly name: string;
  readonly page: Page;
  /** Uncaught errors of the page; tests expect none. */
  readonly errors: string[] = [];

  /** For a page where the person is already signed in. */
  constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** Opens the page and signs in by name. */
  static async signIn(
    browser: Browser,
    url: string,
    name: string,
    options: PersonOptions = {},
  ): Promise<Person> {
    const { prepare, ...contextOptions } = options;
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...contextOptions });
    const page = await context.newPage();
    const person = new Person(name, page);
    await prepare?.(page);
    await page.goto(url);
    await page.getByLabel("Who are you?").fill(name);
    await page.getByRole("button", { name: "Start chatting" }).click();
    await page.getByRole("navigation", { name: "Conversations" }).waitFor();
    return person;
  }

  get conversationList(): Locator {
    return this.page.getByRole("navigation", { name: "Conversations" });
  }

  /** Row of a conversation in the list. */
  row(title: string): Locator {
    const named = this.page.locator(".row-title").filter({ hasText: title });
    return this.conversationList.getByRole("listitem").filter({ has: named });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Messages" });
  }

  /** Field to write in. */
  get field(): Locator {
    return this.page.getByPlaceholder("Write a message");
  }

  /** Message in the open conversation. */
  message(text: string): Locator {
    return this.log
      .getByRole("listitem")
      .filter({ has: this.page.getByRole("article").filter({ hasText: text }) });
  }

  async startsChatWith(...users: readonly string[]): Promise<void> {
    await this.page.getByRole("button", { name: "New conversation" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Chat with").fill(users.join(","));
    await dialog.getByRole("button", { name: "Start chatting" }).click();
    await dialog.waitFor({ state: "detached" });
    await this.page.getByRole("heading", { level: 1, name: users[0] ?? "" }).waitFor();
  }

  async createsGroup(title: string, ...users: readonly string[]): Promise<void> {
    // Without a connection the group is created later, and not opened.
    await this.conversationList.getByText("Loading…").waitFor({ state: "detached" });
    await this.page.getByRole("button", { name: "New conversation" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Chat with").fill(users.join(","));
    await dialog.getByLabel("Title of the group").fill(title);
    await dialog.getByRole("button", { name: "Create group" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  async opens(title: string): Promise<void> {
    await this.row(title).getByRole("link").click();
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  async says(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.field.fill(text);
      await this.field.press("Enter");
      await this.message(text).last().waitFor();
    }
  }

  /**
   * Writes to somebody, who opens the conversation and answers. Not until both have written does the server show them to
   * each other: who is online, typing, and how far they have read.
   */
  async talksWith(peer: Person, text: string, answer: string): Promise<void> {
    await this.writesTo(peer, text);
    await peer.says(answer);
    await this.sees(answer);
  }

  /** Writes to somebody, who opens the conversation and sees it. */
  async writesTo(peer: Person, text: string): Promise<void> {
    await this.startsChatWith(peer.name);
    await this.says(text);
    await peer.opens(this.name);
    await peer.sees(text);
  }

  async sees(text: string): Promise<void> {
    await this.message(text).last().waitFor();
  }

  /** Waits until the person's own message has this status. */
  async seesStatus(
    text: string,
    state: "Waiting to be sent" | "Sent" | "Delivered" | "Read" | "Not sent",
  ): Promise<void> {
    await this.message(text).getByRole("img", { name: state, exact: true }).waitFor();
  }

  async chooses(text: string, action: string): Promise<void> {
    const message = this.message(text).last();
    await message.hover();
    await message.getByRole("button", { name: /^Actions for: / }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** Confirms in the dialog that asks before an action. */
  async confirms(action: string): Promise<void> {
    await this.page.getByRole("button", { name: action, exact: true }).last().click();
  }

  /** Returns the texts of the messages, from top to bottom. */
  async texts(): Promise<string[]> {
    return await this.log.locator(".text").allTextContents();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
