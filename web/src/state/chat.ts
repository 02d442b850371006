import { type Client, ClientError, type ClientState, createClient } from "../../../client/src/index.ts";
import { indexedDbStorage } from "../../../client/src/indexeddb.ts";
import type { Account } from "../account/account.ts";
import { deviceId } from "./device.ts";
import { Drafts } from "./drafts.ts";
import { FrameLog } from "./frame-log.ts";
import { Signal } from "./signal.ts";

/** Something to be confirmed before it is done. */
interface Question {
  readonly title: string;
  readonly consequence: string;
  /** What the button says. */
  readonly action: string;
  readonly confirmed: () => void;
}

/** All that a signed-in user's page works with. */
export interface Chat {
  readonly user: string;
  readonly client: Client;
  readonly drafts: Drafts;
  readonly frameLog: FrameLog;
  /** What to tell the person, until it is dismissed. */
  readonly notice: Signal<string | undefined>;
  readonly question: Signal<Question | undefined>;
  /** How many entries wait to be sent. */
  readonly waiting: Signal<number>;
  /** To be called when something was sent. */
  sent(): void;
  signOut(): Promise<void>;
}

export function openChat(account: Account): Chat {
  const { user } = account;
  const frameLog = new FrameLog();
  const client = createClient({
    user,
    token: () => account.token(),
    url: () => account.webSocketUrl(),
    device: deviceId(),
    storage: indexedDbStorage(),
    transport: frameLog.transport,
  });
  const drafts = new Drafts(user);
  const notice = new Signal<string | undefined>(undefined);
  const question = new Signal<Question | undefined>(undefined);
  const waiting = new Signal(0);
  let isLeaving = false;
  const sent = () => waiting.set(client.pending().length);

  client.on("acknowledged", sent);
  client.on("rejected", sent);
  client.on("state", (state) => {
    sent();
    // The server wants this user no more, or not here.
    if (state === "ended" && !isLeaving) void account.forget();
  });
  client.on("error", (error) => {
    const message = sentenceOf(error, client.state);
    if (message !== undefined) notice.set(message);
  });
  client.connect();

  return {
    user,
    client,
    drafts,
    frameLog,
    notice,
    question,
    waiting,
    sent,
    async signOut() {
      isLeaving = true;
      // Whatever the storage says, nobody stays signed in.
      await client.signOut().catch(console.error);
      drafts.clear();
      await account.signOut();
    },
  };
}

/** Undefined: the banner says it already. */
function sentenceOf(error: ClientError, state: ClientState): string | undefined {
  if (state === "ended") return `Signed out: ${error.message}.`;
  return error.temporary && error.code !== "storage" ? undefined : `${capital(error.message)}.`;
}

/** What went wrong, for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof ClientError && error.code === "connection_lost") return "That needs a connection.";
  const message = error instanceof Error ? error.message : String(error);
  return `${capital(message).replace(/\.$/, "")}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
