import type { Conversation, ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { directConversationId } from "../log/conversation-id.ts";
import { EntryCache, entryKey } from "../log/entry-cache.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { isExpired } from "../log/retention.ts";
import { type CommitMetricsDeps, countCommit } from "./commit-metrics.ts";
import { applySegment } from "./conversation-state.ts";
import { frameDigest } from "./dedup-window.ts";
import { usersAdded, usersNamed } from "./kind-rules.ts";
import { type Decision, type Plan, planBatch } from "./plan.ts";
import { isRewriting } from "./rewrite.ts";

export interface AppendDeps extends CommitMetricsDeps {
  readonly log: ConversationLog;
  readonly inbox: Pick<Inbox, "rows">;
  readonly epochFloor: number;
  /** Retention of conversations that begin now; undefined: entries are kept for ever. */
  readonly retentionSeconds: number | undefined;
}

export interface CommitResult {
  readonly decisions: readonly Decision[];
  /** Current state of the conversation, if it exists. */
  readonly view: Conversation | undefined;
  /** True if the stored head lags behind `view`. */
  readonly headLags: boolean;
  readonly entries: EntryCache;
}

/** After this many lost races in one invocation the conversation is left to the queue's retry. */
const MAX_ATTEMPTS = 20;

/** A view of the conversation, and the last seq of the stored head when it was read. The log may be longer. */
interface Reading {
  readonly view: Conversation | undefined;
  readonly storedSeq: number | undefined;
}

/**
 * Decides a batch and makes it durable: when this returns, every accepted entry is in the log. The stored head is only
 * a hint at where the log ends. A lost race or a lagging head shows as a seq that is already taken; then the log is
 * read on from there and the batch is decided again.
 */
export async function appendFrames(
  deps: AppendDeps,
  conversation: string,
  frames: readonly PublishedFrame[],
  signal: AbortSignal,
): Promise<CommitResult> {
  const run = new AppendAttempt(deps, conversation, frames, signal);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const decided = await run.attempt();
    if (decided !== undefined) return decided;
  }
  throw new Error(`the conversation changed ${MAX_ATTEMPTS} times while a batch was decided`);
}

class AppendAttempt {
  readonly #deps: AppendDeps;
  readonly #conversation: string;
  readonly #frames: readonly PublishedFrame[];
  readonly #signal: AbortSignal;
  readonly #entries: EntryCache;
  readonly #users: readonly string[];
  #reading: Reading | undefined;
  #blocks: Promise<ReadonlySet<string>> | undefined;

  constructor(
    deps: AppendDeps,
    conversation: string,
    frames: readonly PublishedFrame[],
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#conversation = conversation;
    this.#frames = frames;
    this.#signal = signal;
    this.#entries = new EntryCache(deps.log, conversation);
    this.#users = [...new Set(frames.flatMap(usersOf))];
  }

  /** Returns undefined if another writer was faster; the view is newer then. */
  async attempt(): Promise<CommitResult | undefined> {
    this.#reading ??= await this.#read();
    const { view } = this.#reading;
    const plan = await this.#plan(view);
    const { after, lost } = await this.#write(view, plan);
    if (lost) {
      await this.#readOn(await this.#readAgain());
      return undefined;
    }
    this.#reading = { ...this.#reading, view: after };
    // A successful write proves where the log ends. Without one the head may lag, and an entry that was refused or
    // taken for a repeat may be in the log, so the log is read on before anyone is answered.
    const isShown = plan.writes.length > 0 || plan.decisions.every(({ origin }) => origin === "decided");
    if (after !== undefined && !isShown && (await this.#readOn(this.#reading))) return undefined;
    return {
      decisions: plan.decisions,
      view: this.#reading.view,
      headLags: this.#reading.view?.head.lastSeq !== this.#reading.storedSeq,
      entries: this.#entries,
    };
  }

  async #read(): Promise<Reading> {
    const { log, epochFloor } = this.#deps;
    const stored = await log.read(this.#conversation, this.#users, this.#signal);
    const view = stored && { ...stored, head: raiseEpoch(stored.head, epochFloor) };
    return { view, storedSeq: view?.head.lastSeq };
  }

  /** Reads again from the start: cached entries may have been rewritten, and do not reach up to a newer head. */
  #readAgain(): Promise<Reading> {
    this.#entries.forget();
    return this.#read();
  }

  /** Reads the log on from where the view ends. Returns true if there were more entries. */
  async #readOn(from: Reading): Promise<boolean> {
    this.#reading = from;
    if (from.view === undefined) return false;
    let head = from.view.head;
    for (;;) {
      const range = { fromSeq: head.lastSeq + 1, toSeq: Number.MAX_SAFE_INTEGER, atBoundary: true };
      const page = await this.#deps.log.readForward(this.#conversation, range, this.#signal);
      this.#entries.add(page.segments);
      for (const segment of page.segments) {
        const folded = applySegment(head, segment);
        if (folded === undefined) {
          // This segment was written together with its head.
          const again = await this.#readAgain();
          const reached = again.view?.head.lastSeq ?? 0;
          if (reached <= head.lastSeq) throw new TornLog(this.#conversation, head.lastSeq);
          await this.#readOn(again);
          return true;
        }
        head = folded;
      }
      if (page.complete) break;
    }
    this.#reading = { ...from, view: { ...from.view, head } };
    return head.lastSeq > from.view.head.lastSeq;
  }

  async #plan(view: Conversation | undefined): Promise<Plan> {
    const { now, epochFloor, retentionSeconds } = this.#deps;
    const known = this.#entries;
    const open = this.#undecided(view);
    const stale = view ? await known.readRepeats(view.head, open, this.#signal) : new Set<string>();
    await this.#readMeant(view, open);
    const nowMs = now();
    return planBatch({
      conversation: this.#conversation,
      view,
      frames: this.#frames,
      stale,
      repeatOf: (sender, entryId) => known.seqOf(sender, entryId),
      stored: (seq) => {
        const segment = known.segmentOf(seq);
        return segment && isExpired(segment, nowMs) ? undefined : segment;
      },
      blocks: await this.#readBlocks(),
      nowMs,
      epochFloor,
      retentionSeconds,
    });
  }

  /** Reads the entries that edits, deletes and reactions name, and the edits that hold their current text. */
  async #readMeant(view: Conversation | undefined, frames: readonly PublishedFrame[]): Promise<void> {
    if (view === undefined) return;
    const meant = frames
      .flatMap(({ entries }) => entries.filter(isRewriting).map(({ body }) => body.of))
      .filter((seq) => seq <= view.head.lastSeq);
    if (meant.length === 0) return;
    await this.#entries.readSeqs(meant, this.#signal);
    const edits = meant.flatMap((seq) => this.#entries.get(seq)?.editSeq ?? []);
    await this.#entries.readSeqs(edits, this.#signal);
  }

  /** Finds the added users who have blocked the user that adds them. A block at the same moment may be missed. */
  #readBlocks(): Promise<ReadonlySet<string>> {
    const pairs = this.#frames.flatMap(({ sender, system, entries }) =>
      system ? [] : entries.flatMap(usersAdded).map((user) => ({ user, sender: sender.user })),
    );
    this.#blocks ??= this.#blocksOf(pairs);
    return this.#blocks;
  }

  async #blocksOf(pairs: readonly { user: string; sender: string }[]): Promise<ReadonlySet<string>> {
    if (pairs.length === 0) return new Set();
    const keys = pairs.map(({ user, sender }) => ({
      user: sender,
      conversation: directConversationId(sender, user),
    }));
    const rows = await this.#deps.inbox.rows(keys, this.#signal);
    const blocking = pairs.filter((_, index) => rows[index]?.blocked === true);
    return new Set(blocking.map(({ user, sender }) => entryKey(user, sender)));
  }

  /** Frames that are not decided yet and whose sender may know of the conversation. */
  #undecided(view: Conversation | undefined): PublishedFrame[] {
    const decided = new Set(view?.head.decided.map(({ frame }) => frame));
    const users = new Set(view?.members.map(({ user }) => user));
    return this.#frames.filter(
      ({ frame, sender, system }) =>
        !decided.has(frameDigest(frame)) && (system === true || users.has(sender.user)),
    );
  }

  /** Makes the planned writes in turn, and stops at one whose seq is taken. */
  async #write(view: Conversation | undefined, { writes }: Plan) {
    const { log } = this.#deps;
    let after = view;
    for (const write of writes) {
      const { head } = write.after;
      const done =
        write.isChange || write.segment === undefined
          ? await log.change(this.#conversation, { ...write, head }, this.#signal)
          : await log.append(this.#conversation, write.segment, this.#signal);
      if (!done) return { after, lost: true };
      if (write.segment !== undefined)
        countCommit(this.#deps, this.#conversation, write.segment, this.#frames);
      after = write.after;
      // This write includes the head.
      if (write.isChange) this.#reading = { view: after, storedSeq: head.lastSeq };
      this.#entries.add([...write.rewritten, ...(write.segment ? [write.segment] : [])]);
    }
    return { after, lost: false };
  }
}

/** The log has an entry above the head that must have been written together with it: only a restore can cause that. */
class TornLog extends Error {
  override readonly name = "TornLog";

  constructor(conversation: string, lastSeq: number) {
    super(`the head of ${conversation} ends at ${lastSeq}, its log does not`);
  }
}

/** Users whose rows are needed to decide a frame. */
function usersOf({ sender, entries }: PublishedFrame): string[] {
  // Members of a group that is just being created have no rows yet.
  const named = entries.flatMap((entry) => (entry.kind === "create" ? [] : usersNamed(entry)));
  return [sender.user, ...named];
}
