import { type Client, ClientError, type ClientState, createClient } from "../../../client/src/index.ts";
import { indexedDbStorage } from "../../../client/src/indexeddb.ts";
import type { Account } from "../account/account.ts";
import { onUnkept } from "../storage/stored-items.ts";
import { deviceId } from "./device.ts";
import { Drafts } from "./drafts.ts";
import { FrameLog } from "./frame-log.ts";
import { LookAlikes } from "./look-alikes.ts";
import { Network } from "./network.ts";
import { PageClock } from "./page-clock.ts";
import { SendJournal } from "./send-journal.ts";
import { Signal } from "./signal.ts";

/** An action that the user has to confirm first. */
interface Confirmation {
  readonly title: string;
  readonly consequence: string;
  /** Label of the button that confirms. */
  readonly confirmLabel: string;
  readonly onConfirm: () => void;
}

/** The state behind a signed-in user's page. */
export interface Chat {
  readonly user: string;
  readonly client: Client;
  readonly drafts: Drafts;
  readonly journal: SendJournal;
  readonly frameLog: FrameLog;
  readonly clock: PageClock;
  readonly network: Network;
  /** True if the page offers its inspector, which is for developers. */
  readonly hasInspector: boolean;
  readonly lookAlikes: LookAlikes;
  /** Message shown to the user until it is dismissed. */
  readonly toast: Signal<string | undefined>;
  readonly confirmation: Signal<Confirmation | undefined>;
  /** Number of entries that wait to be sent. */
  readonly pendingCount: Signal<number>;
  /** Updates `pendingCount`; to be called after each send. */
  updatePendingCount(): void;
  signOut(): Promise<void>;
}

const NOT_KEPT =
  "This browser does not keep everything for this page: drafts, unsent messages or your sign-in may be gone after a reload.";

/** Connects the user's client and returns the state of the page. */
export function openChat(account: Account, hasInspector: boolean): Chat {
  const { user } = account;
  const frameLog = new FrameLog();
  const storage = indexedDbStorage();
  const client = createClient({
    user,
    token: () => account.token(),
    url: () => account.webSocketUrl(),
    device: deviceId(),
    storage,
    transport: frameLog.transport,
  });
  const clock = new PageClock(client);
  const network = new Network(frameLog.frames);
  const drafts = new Drafts(user);
  const toast = new Signal<string | undefined>(undefined);
  const confirmation = new Signal<Confirmation | undefined>(undefined);
  const pendingCount = new Signal(0);
  let isSigningOut = false;
  const updatePendingCount = () => pendingCount.set(client.pending().length);

  client.on("conversation", ({ conversation, peer }) => {
    if (peer !== undefined) drafts.link(peer, conversation);
  });
  client.on("acknowledged", updatePendingCount);
  client.on("rejected", updatePendingCount);
  client.on("state", (state) => {
    updatePendingCount();
    if (state === "ended") {
      clock.stop();
      network.stop();
      journal.close();
    }
    // The server has ended this session, on all devices or on this one.
    if (state === "ended" && !isSigningOut) void account.forget();
  });
  client.on("error", (error) => {
    const text = toastText(error, client.state);
    if (text !== undefined) toast.set(text);
  });
  onUnkept(() => toast.set(NOT_KEPT));
  client.connect();
  const journal = new SendJournal({ user, client, storage, drafts });

  return {
    user,
    client,
    drafts,
    journal,
    frameLog,
    clock,
    network,
    hasInspector,
    lookAlikes: new LookAlikes(user, client.inbox),
    toast,
    confirmation,
    pendingCount,
    updatePendingCount,
    async signOut() {
      isSigningOut = true;
      // A storage error must not keep the user signed in.
      await client.signOut().catch(console.error);
      drafts.clear();
      journal.clear();
      await account.signOut();
    },
  };
}

/** Returns the text for an error of the client; undefined if the connection banner shows it already. */
function toastText(error: ClientError, state: ClientState): string | undefined {
  if (state === "ended") return `Signed out: ${error.message}.`;
  if (error.code === "storage") return NOT_KEPT;
  return error.temporary ? undefined : `${capitalize(error.message)}.`;
}

/** Describes an error to the user in one sentence. */
export function errorText(error: unknown): string {
  if (error instanceof ClientError && error.code === "connection_lost") return "That needs a connection.";
  const message = error instanceof Error ? error.message : String(error);
  return `${capitalize(message).replace(/\.$/, "")}.`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
