import {
  type Client,
  ClientError,
  type ClientState,
  type ClientStorage,
  type MessageHandle,
  type Recipient,
} from "../../../client/src/index.ts";
import { StoredItems } from "../storage/stored-items.ts";
import type { Drafts, EditDraft } from "./drafts.ts";

/** A text that was sent, and may not be stored yet. */
interface JournalRecord {
  /** The page that sent it. */
  readonly page: string;
  /** Key of its draft. */
  readonly key: string;
  readonly text: string;
  /** The edited message; undefined for a new one. */
  readonly edit?: Omit<EditDraft, "text">;
  readonly atMs: number;
}

export interface SendJournalOptions {
  readonly user: string;
  /** Connecting already. */
  readonly client: Client;
  /** The storage of the client's outbox. */
  readonly storage: ClientStorage;
  readonly drafts: Drafts;
}

/** Longest wait for a storage that does not answer. */
const STORAGE_WAIT_MS = 3_000;
/** Entries of the log that are searched for a text, and the clock difference between page and server that is allowed for. */
const SEARCHED_ENTRIES = 500;
const CLOCK_SKEW_MS = 3_600_000;

/**
 * Keeps texts between the field and the outbox. The field is empty as soon as a text is sent, but the outbox is stored
 * later: a page that ends in between would lose it. So a text is here, in localStorage, until it is stored. What a page
 * has left here goes back into the field, unless the outbox or the log has it.
 */
export class SendJournal {
  readonly #options: SendJournalOptions;
  readonly #items: StoredItems;
  readonly #page = `${Date.now()}-${Math.random()}`;
  readonly #end = new AbortController();
  /** Pages whose end is waited for. */
  readonly #awaited = new Set<string>([this.#page]);

  constructor(options: SendJournalOptions) {
    this.#options = options;
    this.#items = new StoredItems("localStorage", `parley.sent:${encodeURIComponent(options.user)}:`);
    // Never released: the browser does so when the page ends.
    void this.#claim(this.#page);
    this.#items.onOtherTab(() => this.#awaitPages(), this.#end.signal);
    this.#awaitPages();
  }

  /** Keeps a text that was just sent until it is stored. */
  add(handle: MessageHandle, record: Pick<JournalRecord, "key" | "text" | "edit">): void {
    this.#items.set(handle.id, JSON.stringify({ ...record, page: this.#page, atMs: Date.now() }));
    void handle.stored.then(() => this.#items.set(handle.id, null));
  }

  /** Leaves what is not stored to the next page. */
  close(): void {
    this.#end.abort();
  }

  clear(): void {
    this.#items.clear();
  }

  #awaitPages(): void {
    for (const { page } of this.#records()) {
      if (this.#awaited.has(page)) continue;
      this.#awaited.add(page);
      void this.#recover(page);
    }
  }

  /** Puts back what a page has left, once it has ended. The claim keeps other tabs from doing the same. */
  async #recover(page: string): Promise<void> {
    const release = await this.#claim(page);
    const isOfPage = (record: JournalRecord) => record.page === page;
    const left = this.#records().filter(isOfPage);
    // The last one first, because each is put before what is in the field.
    for (const { id, ...record } of left.sort((one, other) => other.atMs - one.atMs)) {
      const isSent = (await this.#isInOutbox(id)) || (await this.#isInLog(id, record));
      if (this.#end.signal.aborted) break;
      if (!isSent) this.#putBack(record);
      this.#items.set(id, null);
    }
    release?.();
  }

  #putBack({ key, text, edit }: JournalRecord): void {
    const { drafts } = this.#options;
    if (edit === undefined) drafts.restore(key, text);
    // Unless the user is changing a message already.
    else if (drafts.readEdit(key) === undefined) drafts.beginEdit(key, { ...edit, text });
  }

  #records(): (JournalRecord & { readonly id: string })[] {
    return this.#items.keys().flatMap((id) => {
      const value = this.#items.get(id);
      return value === null ? [] : [{ id, ...(JSON.parse(value) as JournalRecord) }];
    });
  }

  #claim(page: string): Promise<(() => void) | undefined> {
    return this.#options.storage.claim(`parley.page:${page}`, this.#end.signal);
  }

  /** True if the outbox of any tab holds the entry. */
  async #isInOutbox(id: string): Promise<boolean> {
    const holds = this.#options.storage
      .read("")
      .then((pairs) => pairs.some(([, queue]) => queue.includes(JSON.stringify(id))));
    const unanswered = new Promise<false>((resolve) => setTimeout(() => resolve(false), STORAGE_WAIT_MS));
    return Promise.race([holds, unanswered]).catch(() => false);
  }

  /** True if another tab has sent the entry. That cannot be known offline, but then hardly any tab can. */
  async #isInLog(id: string, record: JournalRecord): Promise<boolean> {
    const { client, user } = this.#options;
    if ((await this.#settledState()) !== "online") return false;
    let count = 0;
    try {
      for await (const entry of client.conversation(recipientOf(record.key)).history()) {
        count += 1;
        if (entry.id === id && entry.sender === user) return true;
        if (count === SEARCHED_ENTRIES || entry.sentAtMs < record.atMs - CLOCK_SKEW_MS) break;
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.temporary) return this.#isInLog(id, record);
    }
    return false;
  }

  /** Resolves to the state of the client, if that is connecting to the next one. */
  #settledState(): Promise<ClientState> {
    return new Promise((resolve) => {
      const stop = this.#options.client.status.subscribe((state) => {
        if (state === "connecting") return;
        resolve(state);
        queueMicrotask(() => stop());
      });
    });
  }
}

/** Returns the recipient that has this `recipientKey`. */
function recipientOf(key: string): Recipient {
  return key.startsWith("@") ? { user: key.slice(1) } : key;
}
