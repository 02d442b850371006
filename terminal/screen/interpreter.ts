import { type Client, ProtocolError, type Recipient } from "../../client/src/index.ts";
import type { Action, Input } from "../commands/action.ts";
import { HELP } from "../commands/commands.ts";
import { parseInput } from "../commands/parse.ts";
import { attempt, runCommand } from "../commands/run.ts";
import { formatMembers } from "../format/members.ts";
import { allMembers, findConversation, whyClosed } from "../session/conversations.ts";
import type { Style } from "../text/palette.ts";
import type { PageStack } from "./page-stack.ts";
import { TextPage } from "./text-page.ts";

export interface InterpreterOptions {
  readonly client: Client;
  readonly pages: PageStack;
  goTo(recipient: Recipient): void;
  /** Scrolls one screen up. */
  scrollUp(): void;
  toggleNumbers(): void;
  notify(text: string): void;
  reportError(text: string): void;
  quit(): void;
}

/** Executes the lines typed in the full-screen chat. */
export class Interpreter {
  readonly #options: InterpreterOptions;

  constructor(options: InterpreterOptions) {
    this.#options = options;
  }

  /** Executes a line. Returns false if it is not a valid command. */
  execute(line: string): boolean {
    const input = parseInput(line);
    void this.#execute(input);
    return input.do !== "invalid";
  }

  #execute(input: Input): void | Promise<void> {
    const { pages, scrollUp, toggleNumbers, reportError, quit } = this.#options;
    switch (input.do) {
      case "nothing":
        return this.#openSelected();
      case "send":
        return this.#send(input.text);
      case "open":
        return this.#open(input.name);
      case "list":
        return pages.closeAll();
      case "history":
        return scrollUp();
      case "members":
        return this.#showMembers();
      case "numbers":
        return toggleNumbers();
      case "help":
        return pages.openText(new TextPage("Help", () => HELP));
      case "invalid":
        return reportError(input.reason);
      case "quit":
        return quit();
      default:
        return this.#runAction(input);
    }
  }

  #openSelected(): void {
    const { pages, goTo } = this.#options;
    const chosen = pages.top === pages.list ? pages.list.selected : undefined;
    if (chosen === undefined) pages.closeText();
    else goTo(chosen.conversation);
  }

  #open(name: string): void {
    const { client, goTo, reportError } = this.#options;
    const found = findConversation(name, client.inbox.getSnapshot());
    if ("error" in found) reportError(found.error);
    else goTo(found.recipient);
  }

  #send(text: string): void {
    const { pages, reportError } = this.#options;
    pages.closeText();
    const page = pages.conversationPage;
    // Without an open conversation, a text is the name of one.
    if (page === undefined) {
      this.#open(text.trim());
      return;
    }
    const closed = whyClosed(page.conversation);
    if (closed !== undefined) {
      reportError(`not sent: ${closed}`);
      return;
    }
    try {
      page.conversation.send(text);
      page.scrollToEnd();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      reportError(`not sent: ${error.message}`);
    }
  }

  #runAction(action: Action): Promise<void> {
    const { client, pages, notify, goTo, reportError } = this.#options;
    pages.closeText();
    const conversation = pages.conversationPage?.conversation;
    return attempt(async () => {
      const { message, opened } = await runCommand(action, { client, conversation });
      if (message !== undefined) notify(message);
      if (opened?.id !== undefined) goTo(opened.id);
    }, reportError);
  }

  #showMembers(): void | Promise<void> {
    const { client, pages, reportError } = this.#options;
    const page = pages.conversationPage;
    if (page === undefined) return reportError("open a conversation first");
    return attempt(async () => {
      const members = await allMembers(page.conversation);
      const lines = (style: Style) => formatMembers(members, client.presence.getSnapshot(), style);
      pages.openText(new TextPage(`Members of ${page.name}`, lines));
    }, reportError);
  }
}
