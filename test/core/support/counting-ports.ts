import type { Head, SegmentPage } from "../../../functions/ports/conversation-log.ts";
import type { InboxKey } from "../../../functions/ports/inbox.ts";
import { utf8Bytes } from "../../../protocol/index.ts";
import { MemoryInbox, MemoryLog, type MemoryStore } from "../../support/memory-ports.ts";

const READ_UNIT_BYTES = 4 * 1024;

const bytesOf = (item: object | undefined) => (item === undefined ? 0 : utf8Bytes(JSON.stringify(item)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** Read units of one item, or of all items that one query reads; strongly consistent. */
const unitsOf = (bytes: number) => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));

/** Ports over a memory store that count what is read, as DynamoDB bills it. */
export class CountedReads {
  readonly log: MemoryLog;
  readonly inbox: MemoryInbox;
  /** Segments, by conversation and first seq, each time they are read. */
  segments: { readonly conversation: string; readonly firstSeq: number; readonly bytes: number }[] = [];
  headBytes = 0;
  units = 0;
  /** Rows of the user's own list, and rows that were read by their keys. */
  rows = { listed: 0, byKey: 0 };

  constructor(store: MemoryStore) {
    this.log = new CountedLog(store, this);
    this.inbox = new CountedInbox(store, this);
  }

  get logBytes(): number {
    return sum(this.segments.map(({ bytes }) => bytes));
  }

  reset(): void {
    this.segments = [];
    this.headBytes = 0;
    this.units = 0;
    this.rows = { listed: 0, byKey: 0 };
  }
}

class CountedLog extends MemoryLog {
  readonly #counts: CountedReads;

  constructor(store: MemoryStore, counts: CountedReads) {
    super(store);
    this.#counts = counts;
  }

  override async readForward(...args: Parameters<MemoryLog["readForward"]>): Promise<SegmentPage> {
    return this.#counted(args[0], await super.readForward(...args));
  }

  override async readBackward(...args: Parameters<MemoryLog["readBackward"]>): Promise<SegmentPage> {
    return this.#counted(args[0], await super.readBackward(...args));
  }

  #counted(conversation: string, page: SegmentPage): SegmentPage {
    const read = page.segments.map((segment) => ({
      conversation,
      firstSeq: segment.entries[0]?.seq ?? 0,
      bytes: bytesOf(segment),
    }));
    this.#counts.segments.push(...read);
    this.#counts.units += unitsOf(sum(read.map(({ bytes }) => bytes)));
    return page;
  }
}

class CountedInbox extends MemoryInbox {
  readonly #counts: CountedReads;

  constructor(store: MemoryStore, counts: CountedReads) {
    super(store);
    this.#counts = counts;
  }

  override async list(...args: Parameters<MemoryInbox["list"]>) {
    const page = await super.list(...args);
    this.#counts.rows.listed += page.rows.length;
    this.#counts.units += unitsOf(sum(page.rows.map(bytesOf)));
    return page;
  }

  override async rows(keys: readonly InboxKey[]) {
    const rows = await super.rows(keys);
    this.#counts.rows.byKey += keys.length;
    this.#counts.units += sum(rows.map((row) => unitsOf(bytesOf(row))));
    return rows;
  }

  override async heads(conversations: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    const heads = await super.heads(conversations);
    for (const head of heads.values()) {
      this.#counts.headBytes += bytesOf(head);
      this.#counts.units += unitsOf(bytesOf(head));
    }
    return heads;
  }
}
