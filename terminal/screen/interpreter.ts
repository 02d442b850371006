import { type Client, ProtocolError, type Recipient } from "../../client/src/index.ts";
import type { Action, Input } from "../commands/action.ts";
import { HELP } from "../commands/commands.ts";
import { parseInput } from "../commands/parse.ts";
import { attempt, runCommand } from "../commands/run.ts";
import { formatMembers } from "../format/members.ts";
import { findConversation, membersOf, nameOfOpen } from "../session/conversations.ts";
import type { Style } from "../text/palette.ts";
import type { Pages } from "./pages.ts";
import { TextPage } from "./text-page.ts";

export interface InterpreterOptions {
  readonly client: Client;
  readonly pages: Pages;
  goTo(recipient: Recipient): void;
  /** One screen up. */
  scrollUp(): void;
  toggleNumbers(): void;
  note(text: string): void;
  complain(text: string): void;
  quit(): void;
}

/** Does what is typed on the whole screen. */
export class Interpreter {
  readonly #options: InterpreterOptions;

  constructor(options: InterpreterOptions) {
    this.#options = options;
  }

  /** Returns whether it was understood. */
  entered(line: string): boolean {
    const input = parseInput(line);
    void this.#obey(input);
    return input.do !== "complain";
  }

  #obey(input: Input): void | Promise<void> {
    const { pages, scrollUp, toggleNumbers, complain, quit } = this.#options;
    switch (input.do) {
      case "nothing":
        return this.#enter();
      case "say":
        return this.#say(input.text);
      case "open":
        return this.#open(input.name);
      case "list":
        return pages.home();
      case "history":
        return scrollUp();
      case "members":
        return this.#members();
      case "numbers":
        return toggleNumbers();
      case "help":
        return pages.read(new TextPage("Help", () => HELP));
      case "complain":
        return complain(input.wrong);
      case "quit":
        return quit();
      default:
        return this.#perform(input);
    }
  }

  #enter(): void {
    const { pages, goTo } = this.#options;
    const chosen = pages.top === pages.list ? pages.list.chosen : undefined;
    if (chosen === undefined) pages.closeText();
    else goTo(chosen.conversation);
  }

  #open(name: string): void {
    const { client, goTo, complain } = this.#options;
    const found = findConversation(name, client.inbox.getSnapshot());
    if ("wrong" in found) complain(found.wrong);
    else goTo(found.recipient);
  }

  #say(text: string): void {
    const { pages, complain } = this.#options;
    pages.closeText();
    const page = pages.room;
    // Where nobody is spoken to, what is typed is a name.
    if (page === undefined) {
      this.#open(text.trim());
      return;
    }
    try {
      page.room.conversation.send(text);
      page.toEnd();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      complain(`not sent: ${error.message}`);
    }
  }

  #perform(deed: Action): Promise<void> {
    const { client, pages, note, goTo, complain } = this.#options;
    pages.closeText();
    const conversation = pages.room?.room.conversation;
    return attempt(async () => {
      const { said, opened } = await runCommand(deed, { client, conversation });
      if (said !== undefined) note(said);
      if (opened?.id !== undefined) goTo(opened.id);
    }, complain);
  }

  #members(): void | Promise<void> {
    const { client, pages, complain } = this.#options;
    const room = pages.room?.room;
    if (room === undefined) return complain("of what? Open a conversation first");
    return attempt(async () => {
      const members = await membersOf(room.conversation);
      const lines = (style: Style) => formatMembers(members, client.presence.getSnapshot(), style);
      pages.read(new TextPage(`Members of ${nameOfOpen(room)}`, lines));
    }, complain);
  }
}
