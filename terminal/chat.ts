import {
  type Client,
  ClientError,
  type ClientState,
  type Entry,
  ProtocolError,
} from "../client/src/index.ts";
import { formatAnnouncement, formatEntry, formatList, formatPrompt, type Style } from "./format.ts";
import { HELP, readInput } from "./input.ts";
import { MessageLog } from "./message-log.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";
import type { Screen } from "./screen.ts";

const RECENT = 10;
const HISTORY_PAGE = 20;

export interface ChatOptions {
  readonly user: string;
  readonly to: string | undefined;
  readonly client: Client;
  readonly screen: Screen;
  readonly palette: Palette;
  readonly nowMs: () => number;
  /** Lines are taken only once in sync: a script's `/list` means what is on the server. */
  readonly waitForSync: boolean;
}

/** The conversation between a person and a client: lines in, lines out. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #logs = new Map<string, MessageLog>();
  readonly #sending = new Set<Promise<unknown>>();
  readonly #inSync = Promise.withResolvers<void>();
  #peer: string | undefined;
  #online = false;
  #toldOffline = false;
  #begun = false;
  #work: Promise<void>;
  #rejected = 0;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#peer = options.to;
    this.#work = options.waitForSync ? this.#inSync.promise : Promise.resolve();
    const { client } = options;
    client.on("state", (state) => this.#stateChanged(state));
    client.on("entries", ({ conversation, entries }) => this.#arrived(conversation, entries));
    client.on("reset", ({ conversation }) => this.#forgot(conversation));
    client.on("acknowledged", () => this.#refreshPrompt());
    client.on("rejected", ({ error }) => this.#notSent(error.message));
    client.on("error", (error) => {
      // That nothing answers is said where it is noticed first.
      if (error.code !== "unreachable") this.#complain(error.message);
    });
    this.#refreshPrompt();
  }

  typed(line: string): void {
    this.#work = this.#work.then(() => this.#obey(line));
  }

  /** Resolves to the exit code when everything typed so far has been dealt with and answered. */
  async finished(): Promise<number> {
    for (let work: Promise<void> | undefined; work !== this.#work; ) {
      work = this.#work;
      await work;
    }
    const waiting = this.unsent;
    if (waiting > 0 && !this.#options.waitForSync) {
      this.#note(`waiting for ${waiting} to be sent; Ctrl+C leaves without`);
    }
    await Promise.allSettled(this.#sending);
    // Whoever sits in front of it has read it; a script has only this.
    return this.#rejected > 0 && this.#options.waitForSync ? 1 : 0;
  }

  get unsent(): number {
    return this.#options.client.pending().length;
  }

  async #obey(line: string): Promise<void> {
    const input = readInput(line);
    if ("say" in input) this.#say(input.say);
    else if ("to" in input) this.#turnTo(input.to);
    else if ("wrong" in input) this.#complain(input.wrong);
    else if (input.do === "list") this.#list();
    else if (input.do === "history") await this.#older();
    else if (input.do === "help") for (const row of HELP) this.#note(row);
  }

  #say(text: string): void {
    if (this.#peer === undefined) {
      this.#rejected += 1;
      this.#complain("not sent: to whom? /to <user> chooses");
      return;
    }
    try {
      const { done } = this.#options.client.send({ user: this.#peer }, text);
      const settled = done.catch(() => {}).finally(() => this.#sending.delete(settled));
      this.#sending.add(settled);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#notSent(error.message);
    }
    this.#refreshPrompt();
  }

  #turnTo(peer: string): void {
    this.#peer = peer;
    this.#refreshPrompt();
    this.#showRecent();
  }

  #showRecent(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const conversation = this.#conversationWith(peer);
    const entries = conversation === undefined ? [] : this.#logOf(conversation).newest(RECENT);
    this.#note(entries.length === 0 ? `no messages with ${printable(peer)} yet` : `with ${printable(peer)}:`);
    for (const entry of entries) this.#print(formatEntry(entry, peer, this.#style()));
  }

  async #older(): Promise<void> {
    const peer = this.#peer;
    const conversation = this.#conversationWith(peer);
    const entries = conversation === undefined ? [] : await this.#loadOlder(conversation);
    if (entries === undefined) this.#complain("older messages cannot be had just now");
    else if (peer === undefined || entries.length === 0) this.#note("no older messages");
    else {
      this.#note("older:");
      for (const entry of entries) this.#print(formatEntry(entry, peer, this.#style()));
      this.#note("—");
    }
  }

  async #loadOlder(conversation: string): Promise<readonly Entry[] | undefined> {
    const log = this.#logOf(conversation);
    if (log.unshown < HISTORY_PAGE) {
      try {
        log.prepend((await this.#options.client.loadOlder(conversation, HISTORY_PAGE)).entries);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        if (log.unshown === 0) return undefined;
      }
    }
    return log.older(HISTORY_PAGE);
  }

  #list(): void {
    const { client, screen } = this.#options;
    const rows = formatList(client.conversations, this.#style(), screen.columns);
    if (rows.length === 0) this.#note("no conversations yet; /to <user> starts one");
    for (const row of rows) this.#print(row);
  }

  #stateChanged(state: ClientState): void {
    this.#online = state === "online";
    // Said once: further attempts that fail are no news, nor is a connection that is replaced in time.
    if (state === "offline" && this.#begun && !this.#toldOffline) {
      this.#toldOffline = true;
      this.#note("offline – reconnecting");
    } else if (this.#online && !this.#begun) this.#begin();
    else if (this.#online && this.#toldOffline) {
      this.#toldOffline = false;
      this.#note("back in sync");
    }
    this.#refreshPrompt();
  }

  #begin(): void {
    this.#begun = true;
    this.#inSync.resolve();
    this.#note(`signed in as ${printable(this.#options.user)}`);
    this.#list();
    if (this.#peer !== undefined) this.#showRecent();
  }

  #arrived(conversation: string, entries: readonly Entry[]): void {
    this.#logOf(conversation).append(entries);
    const peer = this.#peerOf(conversation);
    // What the first sync brings is no news; `begin` shows of it what matters.
    if (!this.#begun || peer === undefined) return;
    const style = this.#style();
    const open = peer === this.#peer;
    if (open) this.#logOf(conversation).shown(entries);
    const format = open ? formatEntry : formatAnnouncement;
    for (const entry of entries) this.#print(format(entry, peer, style));
  }

  #forgot(conversation: string): void {
    this.#logOf(conversation).clear();
    const peer = this.#peerOf(conversation) ?? conversation;
    this.#note(`[${printable(peer)}] some messages are no longer on the server`);
  }

  #peerOf(conversation: string): string | undefined {
    return this.#options.client.conversations.find((info) => info.conversation === conversation)?.peer;
  }

  #conversationWith(peer: string | undefined): string | undefined {
    return this.#options.client.conversations.find((info) => info.peer === peer)?.conversation;
  }

  #logOf(conversation: string): MessageLog {
    let log = this.#logs.get(conversation);
    if (log === undefined) {
      log = new MessageLog();
      this.#logs.set(conversation, log);
    }
    return log;
  }

  #refreshPrompt(): void {
    const { client, palette, screen } = this.#options;
    const peer = this.#peer;
    const pending = peer === undefined ? 0 : client.pending({ user: peer }).length;
    screen.setPrompt(formatPrompt({ peer, pending, online: this.#online }, palette));
  }

  #style(): Style {
    const { palette, user, nowMs } = this.#options;
    return { palette, user, nowMs: nowMs() };
  }

  #notSent(why: string): void {
    this.#rejected += 1;
    this.#complain(`not sent: ${why}`);
    this.#refreshPrompt();
  }

  #complain(text: string): void {
    this.#print(this.#options.palette.red(printable(text)));
  }

  #note(text: string): void {
    this.#print(this.#options.palette.dim(text));
  }

  #print(line: string): void {
    this.#options.screen.print(line);
  }
}
