import { randomBytes } from "node:crypto";
import { tombstoneOf } from "../../../protocol/index.ts";
import type { Accounts } from "../../ports/accounts.ts";
import type { EraseCounts, EraseCursor, EraseResult, Traces } from "../../ports/erasure.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import type { Watches } from "../../ports/watches.ts";
import type { DisconnectDeps } from "../connections/disconnect.ts";
import { signOut } from "../connections/sign-out.ts";
import { isOpen } from "../log/readable-ranges.ts";
import {
  appendErased,
  type EraseConversationDeps,
  ErasureDelayed,
  eraseAdder,
  eraseSome,
} from "./erase-conversation.ts";
import { countInLog } from "./erase-log.ts";
import { addTraces, NO_TRACES } from "./erased-entry.ts";

export interface EraseDeps extends EraseConversationDeps, DisconnectDeps {
  readonly watches: Watches;
  readonly accounts: Accounts;
}

export interface EraseRequest {
  readonly user: string;
  /** Where an earlier call of the same user ended. */
  readonly cursor?: EraseCursor | undefined;
  /** Only counts. */
  readonly dryRun?: boolean | undefined;
  /** Time at which the call should return. */
  readonly untilMs: number;
}

const PAGE = 25;
const TOMBSTONE_BYTES = 12;

/**
 * Erases a user: what they wrote, their reactions, rows, watches and connections. Each call does as much as its time
 * allows; it may be repeated, from its cursor or from the beginning, after any failure. The same id is a new person once
 * it is done.
 */
export async function eraseUser(
  deps: EraseDeps,
  request: EraseRequest,
  signal: AbortSignal,
): Promise<EraseResult> {
  const run = request.dryRun ? new DryRun(deps, request, signal) : new Run(deps, request, signal);
  return run.toEnd();
}

/** A walk over the user's conversations, which ends when the time is up. */
abstract class Walk {
  protected readonly deps: EraseDeps;
  protected readonly request: EraseRequest;
  protected readonly signal: AbortSignal;
  protected counts: EraseCounts = { ...NO_TRACES, conversations: 0, watches: 0 };

  constructor(deps: EraseDeps, request: EraseRequest, signal: AbortSignal) {
    this.deps = deps;
    this.request = request;
    this.signal = signal;
  }

  /** Handles one conversation from a seq on. Returns the seq at which it stopped, if it did. */
  protected abstract visit(row: InboxRow, fromSeq: number): Promise<number | undefined>;

  protected get isLate(): boolean {
    return this.deps.now() >= this.request.untilMs;
  }

  protected add(traces: Traces): void {
    this.counts = { ...this.counts, ...addTraces(this.counts, traces) };
  }

  /** Returns the place at which the time was up, if it was. */
  protected async walk(start: EraseCursor | undefined): Promise<EraseCursor | undefined> {
    let from = start?.conversation;
    for (;;) {
      const page = await this.deps.inbox.list(this.request.user, { from, limit: PAGE }, this.signal);
      for (const row of page.rows) {
        const { conversation } = row;
        const fromSeq = conversation === start?.conversation ? start.seq : 1;
        if (this.isLate) return { conversation, seq: fromSeq };
        const stopped = await this.visit(row, fromSeq);
        if (stopped !== undefined) return { conversation, seq: stopped };
        this.counts = { ...this.counts, conversations: this.counts.conversations + 1 };
      }
      if (page.next === undefined) return undefined;
      from = page.next;
    }
  }
}

class DryRun extends Walk {
  async toEnd(): Promise<EraseResult> {
    const cursor = await this.walk(this.request.cursor);
    return { done: cursor === undefined, ...(cursor && { cursor }), counts: this.counts };
  }

  protected async visit({ conversation }: InboxRow, fromSeq: number): Promise<number | undefined> {
    let next: number | undefined = fromSeq;
    while (next !== undefined) {
      if (this.isLate) return next;
      const range = { conversation, fromSeq: next, toSeq: Number.MAX_SAFE_INTEGER };
      const step = await countInLog(this.deps, range, this.request.user, this.signal);
      this.add(step.traces);
      next = step.next;
    }
    return undefined;
  }
}

class Run extends Walk {
  #tombstone = "";

  async toEnd(): Promise<EraseResult> {
    const { deps, request, signal } = this;
    const { user, cursor } = request;
    const proposed = tombstoneOf(randomBytes(TOMBSTONE_BYTES).toString("base64url"));
    this.#tombstone = await deps.accounts.begin(user, proposed, signal);
    if (cursor === undefined) await signOut(deps, { user, beforeMs: deps.now() }, signal);
    const stopped = await this.#all(cursor);
    if (stopped !== undefined) return this.#result(false, stopped === "later" ? undefined : stopped);
    await deps.accounts.end(user, this.#tombstone, deps.now(), signal);
    return this.#result(true);
  }

  /** Returns where it stopped, or `later` if nothing tells where to go on but the table itself. */
  async #all(cursor: EraseCursor | undefined): Promise<EraseCursor | "later" | undefined> {
    const { inbox } = this.deps;
    const { user } = this.request;
    const first = await this.walk(cursor);
    if (first !== undefined) return first;
    for (;;) {
      if (this.isLate) return "later";
      const forgotten = await inbox.forgotten(user, { from: undefined, limit: PAGE }, this.signal);
      for (const { conversation } of forgotten.rows) await inbox.recall({ user, conversation }, this.signal);
      // Rows that came while others were erased.
      const { rows } = await inbox.list(user, { from: undefined, limit: 1 }, this.signal);
      if (rows.length === 0) break;
      const stopped = await this.walk(undefined);
      if (stopped !== undefined) return stopped;
    }
    for (;;) {
      if (this.isLate) return "later";
      const watches = await this.deps.watches.removeAll(user, this.signal);
      if (watches === 0) return undefined;
      this.counts = { ...this.counts, watches: this.counts.watches + watches };
    }
  }

  protected async visit(row: InboxRow, fromSeq: number): Promise<number | undefined> {
    const { deps, signal } = this;
    const { conversation } = row;
    const { user } = this.request;
    const erasure = { user, tombstone: this.#tombstone, atMs: deps.now() };
    let next: number | undefined = fromSeq;
    try {
      const toSeq = await appendErased(deps, row, erasure, signal);
      if (row.peer === undefined && fromSeq === 1) await eraseAdder(deps, conversation, user, signal);
      while (next !== undefined && toSeq !== undefined) {
        if (this.isLate) return next;
        const step = await eraseSome(deps, { conversation, fromSeq: next, toSeq }, erasure, signal);
        this.add(step.traces);
        next = step.next;
      }
      await this.#removeRow(conversation, toSeq === undefined);
      return undefined;
    } catch (error) {
      if (!(error instanceof ErasureDelayed)) throw error;
      return next;
    }
  }

  /** Removes the row of a conversation without traces. One who was added again meanwhile is visited again. */
  async #removeRow(conversation: string, isEmpty: boolean): Promise<void> {
    const { inbox } = this.deps;
    const key = { user: this.request.user, conversation };
    const [row] = await inbox.rows([key], this.signal);
    if (row === undefined || (isOpen(row.ranges) && !isEmpty)) return;
    await inbox.remove(key, row.ranges, this.signal);
  }

  #result(done: boolean, cursor?: EraseCursor): EraseResult {
    return { done, ...(cursor && { cursor }), tombstone: this.#tombstone, counts: this.counts };
  }
}
