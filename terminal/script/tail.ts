import {
  type Client,
  ClientError,
  type ConversationInfo,
  type Entry,
  type Recipient,
} from "../../client/src/index.ts";
import { formatAnnouncement, formatEntry, nameColumnWidth } from "../format/entry.ts";
import { formatTime } from "../format/time.ts";
import { type ChatTarget, NoSuchTargetError, resolveTarget } from "../session/conversations.ts";
import { untilOnline } from "../session/wait-for.ts";
import type { Palette, Style } from "../text/palette.ts";
import { entryLine, type ScriptOutput } from "./json-line.ts";

export interface TailOptions {
  readonly user: string;
  /** Undefined for all conversations. */
  readonly target: ChatTarget | undefined;
  /** Entries of `target` after this sequence number are printed first. */
  readonly sinceSeq: number | undefined;
  readonly json: boolean;
  readonly palette: Palette;
  readonly nowMs: () => number;
}

/** Prints entries as they arrive. Resolves only on failure, to an exit code other than 0. */
export async function tail(client: Client, options: TailOptions, output: ScriptOutput): Promise<number> {
  await untilOnline(client);
  const buffer = new EntryBuffer(client);
  try {
    const recipient = options.target && resolveTarget(options.target, client);
    const printedSeq = await printOlder(client, recipient, options, output);
    output.error("in sync");
    reportOutages(client, output);
    buffer.forEach((info, entry) => {
      if (isSelected(recipient, info) && entry.seq > printedSeq)
        output.print(formatLine(entry, info, options));
    });
    return await new Promise<never>(() => {});
  } catch (error) {
    if (!(error instanceof NoSuchTargetError || error instanceof ClientError)) throw error;
    output.error(error.message);
    return 1;
  }
}

/** Entries that arrive from now on, held until `forEach` is called. Entries of the first sync are not news. */
class EntryBuffer {
  #held: [ConversationInfo, Entry][] = [];
  #onEntry = (info: ConversationInfo, entry: Entry): void => void this.#held.push([info, entry]);

  constructor(client: Client) {
    client.on("entries", ({ conversation, entries }) => {
      const info = client.conversations.find((each) => each.conversation === conversation);
      if (info !== undefined) for (const entry of entries) this.#onEntry(info, entry);
    });
  }

  /** Calls `take` for the held entries and for every later one. */
  forEach(take: (info: ConversationInfo, entry: Entry) => void): void {
    this.#onEntry = take;
    for (const [info, entry] of this.#held) take(info, entry);
    this.#held = [];
  }
}

/** Prints the entries after `sinceSeq`. Resolves to the last sequence number printed. */
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
  const info = client.conversations.find((each) => isSelected(recipient, each));
  if (info !== undefined) for (const entry of older) output.print(formatLine(entry, info, options));
  return older.at(-1)?.seq ?? sinceSeq;
}

function isSelected(recipient: Recipient | undefined, { conversation, peer }: ConversationInfo): boolean {
  if (recipient === undefined) return true;
  return typeof recipient === "string" ? conversation === recipient : peer === recipient.user;
}

function formatLine(entry: Entry, info: ConversationInfo, options: TailOptions): string {
  const { user, json, palette, target, nowMs } = options;
  if (json) return entryLine(entry, info, user);
  const style: Style = { palette, user, nowMs: nowMs() };
  if (target === undefined) {
    return `${formatTime(entry.sentAtMs, style.nowMs)} ${formatAnnouncement(entry, info, style)}`;
  }
  return formatEntry({ ...entry, status: undefined }, nameColumnWidth([entry.sender], user), style);
}

/** Reports each outage once. */
function reportOutages(client: Client, output: ScriptOutput): void {
  let reported = false;
  client.on("state", (state) => {
    if (state === "offline" && !reported) output.error("offline – reconnecting");
    if (state === "online" && reported) output.error("back in sync");
    if (state === "offline" || state === "online") reported = state === "offline";
  });
}
