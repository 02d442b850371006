import {
  type Client,
  ClientError,
  type ConversationInfo,
  type Entry,
  type Recipient,
} from "../../client/src/index.ts";
import { formatAnnouncement, formatEntry, nameWidthOf } from "../format/entry.ts";
import { formatTime } from "../format/time.ts";
import { type ChatTarget, NoSuchTargetError, recipientAt } from "../session/conversations.ts";
import { untilOnline } from "../session/wait-for.ts";
import type { Palette, Style } from "../text/palette.ts";
import { entryLine, type ScriptOutput } from "./json-line.ts";

export interface TailOptions {
  readonly user: string;
  /** Undefined: everywhere. */
  readonly place: ChatTarget | undefined;
  /** Of one place: what came after it is printed first. */
  readonly sinceSeq: number | undefined;
  readonly json: boolean;
  readonly palette: Palette;
  readonly nowMs: () => number;
}

/** Prints entries as they come. Resolves only to an exit code other than 0. */
export async function tail(client: Client, options: TailOptions, output: ScriptOutput): Promise<number> {
  await untilOnline(client);
  const arriving = new Arrivals(client);
  try {
    const recipient = options.place && recipientAt(options.place, client);
    const printedSeq = await printOlder(client, recipient, options, output);
    output.complain("in sync");
    sayStates(client, output);
    arriving.each((info, entry) => {
      if (isOf(recipient, info) && entry.seq > printedSeq) output.print(lineOf(entry, info, options));
    });
    return await new Promise<never>(() => {});
  } catch (error) {
    if (!(error instanceof NoSuchTargetError || error instanceof ClientError)) throw error;
    output.complain(error.message);
    return 1;
  }
}

/** What comes from now on; until somebody takes it, it is held. What the first sync brought is no news. */
class Arrivals {
  #held: [ConversationInfo, Entry][] = [];
  #take = (info: ConversationInfo, entry: Entry): void => void this.#held.push([info, entry]);

  constructor(client: Client) {
    client.on("entries", ({ conversation, entries }) => {
      const info = client.conversations.find((each) => each.conversation === conversation);
      if (info !== undefined) for (const entry of entries) this.#take(info, entry);
    });
  }

  each(take: (info: ConversationInfo, entry: Entry) => void): void {
    this.#take = take;
    for (const [info, entry] of this.#held) take(info, entry);
    this.#held = [];
  }
}

/** Resolves to the last seq that was printed. */
async function printOlder(
  client: Client,
  recipient: Recipient | undefined,
  options: TailOptions,
  output: ScriptOutput,
): Promise<number> {
  const { sinceSeq } = options;
  if (recipient === undefined || sinceSeq === undefined) return 0;
  const older: Entry[] = [];
  for await (const entry of client.conversation(recipient).history()) {
    if (entry.seq <= sinceSeq) break;
    older.unshift(entry);
  }
  const info = client.conversations.find((each) => isOf(recipient, each));
  if (info !== undefined) for (const entry of older) output.print(lineOf(entry, info, options));
  return older.at(-1)?.seq ?? sinceSeq;
}

function isOf(recipient: Recipient | undefined, { conversation, peer }: ConversationInfo): boolean {
  if (recipient === undefined) return true;
  return typeof recipient === "string" ? conversation === recipient : peer === recipient.user;
}

function lineOf(entry: Entry, info: ConversationInfo, options: TailOptions): string {
  const { user, json, palette, place, nowMs } = options;
  if (json) return entryLine(entry, info, user);
  const style: Style = { palette, user, nowMs: nowMs() };
  if (place === undefined) {
    return `${formatTime(entry.sentAtMs, style.nowMs)} ${formatAnnouncement(entry, info, style)}`;
  }
  return formatEntry({ ...entry, status: undefined }, nameWidthOf([entry.sender], user), style);
}

/** Said once for every outage. */
function sayStates(client: Client, output: ScriptOutput): void {
  let told = false;
  client.on("state", (state) => {
    if (state === "offline" && !told) output.complain("offline – reconnecting");
    if (state === "online" && told) output.complain("back in sync");
    if (state === "offline" || state === "online") told = state === "offline";
  });
}
