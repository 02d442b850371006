import { SeededRandom } from "../../support/seeded-random.ts";
import { type ModelClient, type ModelDevice, type ModelEntry, ModelHistory } from "./model-history.ts";
import type { Rule } from "./rules.ts";

// A model of the log without any of the project's code: small, so that tens of thousands of runs are cheap, and so that
// each rule can be broken. test/core/commit has the same properties of the real code.

interface ModelHead {
  readonly version: number;
  readonly lastSeq: number;
  readonly tailFirst: number;
  readonly tail: readonly ModelEntry[];
  readonly isFlushDue: boolean;
  /** Deduplication window of the queue. */
  readonly decided: readonly { readonly frame: number; readonly seq: number }[];
  /** Events about entries up to this one are published, or will be by their writer. */
  readonly announcedSeq: number;
}

interface ModelSegment {
  readonly headVersion: number;
  readonly entries: readonly ModelEntry[];
}

interface ModelFrame {
  readonly frame: number;
  readonly id: string;
  readonly seenSeq: number;
  readonly client: number;
}

interface Appended {
  readonly outcomes: ReadonlyMap<ModelFrame, number>;
  readonly entries: ReadonlyMap<number, ModelEntry>;
  readonly freshSeqs: readonly number[];
  readonly lastSeq: number;
  readonly beganAt: number;
  readonly isQueued: boolean;
  readonly announceFromSeq: number;
}

interface Task {
  readonly work: Work<unknown>;
  /** A reader or a device is not a writer: nothing is learned from its crash. */
  readonly crashes: boolean;
}

/** Work that pauses before each of its calls, so that others come in between. */
type Work<T> = Generator<undefined, T>;

const EVENTS = 5_000;
/** After this event nothing crashes, and nobody edits or deletes. */
const CALM_AT = 3_500;
const TAIL_SIZE = 4;
const WINDOW = 20;
const BATCH = 10;
const MESSAGES_PER_CLIENT = 6;
const MAX_DEVICES = 5;
const DIRECT_ATTEMPTS = 2;
const QUEUE_ATTEMPTS = 50;
const REWRITE_ATTEMPTS = 20;

/** One run: a conversation with direct writers, its queue, edits, deletes, changes of rows, readers and devices. */
export class LogModel {
  readonly #random: SeededRandom;
  readonly #broken: Rule | undefined;
  readonly #history = new ModelHistory();
  readonly #segments = new Map<number, ModelSegment>();
  readonly #queue: ModelFrame[] = [];
  readonly #tasks: Task[] = [];
  readonly #devices: ModelDevice[] = [];
  readonly #clients: ModelClient[];
  #head: ModelHead = {
    version: 0,
    lastSeq: 0,
    tailFirst: 1,
    tail: [],
    isFlushDue: false,
    decided: [],
    announcedSeq: 0,
  };
  /** Head as an environment remembers it from its last write or read. */
  #cached: ModelHead;
  #inFlight: { readonly untilEvent: number } | undefined;
  #now = 0;
  #frames = 0;
  #edits = 0;

  constructor(seed: number, broken?: Rule) {
    this.#random = new SeededRandom(seed);
    this.#broken = broken;
    this.#cached = this.#head;
    this.#clients = [0, 1, 2].map((index) => ({
      index,
      count: 0,
      outstanding: undefined,
      acked: new Map(),
      knownSeq: 0,
      toSend: MESSAGES_PER_CLIENT,
    }));
  }

  get lastSeq(): number {
    return this.#head.lastSeq;
  }

  /** Runs to the end, and returns what is wrong with the log: nothing, if no rule is broken. */
  run(): string[] {
    for (this.#now = 0; this.#now < EVENTS; this.#now++) this.#event();
    while (this.#tasks.length > 0) this.#resume(this.#random.below(this.#tasks.length));
    const log = this.#readNow();
    return this.#history.wrongs({
      log,
      lastSeq: this.#head.lastSeq,
      clients: this.#clients,
      devices: this.#devices,
    });
  }

  #event(): void {
    const dice = this.#random.next();
    const isCalm = this.#now >= CALM_AT;
    if (dice < 0.05) this.#send();
    else if (dice < 0.07 && this.#devices.length < MAX_DEVICES) this.#connect();
    else if (dice < 0.09 && !isCalm) this.#start(this.#disturbance(), true);
    else if (dice < 0.1) this.#start(this.#reader(), false);
    else if (dice < 0.25) this.#receive();
    else if (dice < 0.27 && !isCalm) this.#crash();
    else if (this.#tasks.length > 0) {
      // The newest task more often: a writer is mostly undisturbed.
      const { length } = this.#tasks;
      this.#resume(this.#random.chance(0.5) ? length - 1 : this.#random.below(length));
    }
    if (this.#inFlight !== undefined && this.#now > this.#inFlight.untilEvent) this.#inFlight = undefined;
  }

  #start(work: Work<unknown>, crashes: boolean): void {
    this.#tasks.push({ work, crashes });
  }

  #resume(index: number): void {
    if (this.#tasks[index]?.work.next().done) this.#tasks.splice(index, 1);
  }

  #crash(): void {
    const index = this.#random.below(Math.max(1, this.#tasks.length));
    if (this.#tasks[index]?.crashes && this.#random.chance(0.5)) this.#tasks.splice(index, 1);
  }

  #disturbance(): Work<void> {
    const dice = this.#random.next();
    if (dice < 0.4) return this.#edit();
    return dice < 0.8 ? this.#delete() : this.#changeRows();
  }

  #send(): void {
    const client = this.#random.oneOf(this.#clients);
    if (client === undefined) return;
    const { index, outstanding, knownSeq } = client;
    if (outstanding === undefined && client.toSend > 0) {
      client.toSend -= 1;
      client.outstanding = { id: `${index}.${client.count++}`, seenSeq: Math.min(knownSeq, this.lastSeq) };
    } else if (outstanding === undefined || !this.#random.chance(0.3)) return;
    if (client.outstanding === undefined) return;
    const frame = { ...client.outstanding, client: index, frame: ++this.#frames };
    if (this.#random.chance(0.5)) this.#start(this.#direct(frame), true);
    else this.#queue.push(frame);
  }

  #connect(): void {
    const device: ModelDevice = { isRegistered: false, shown: new Map() };
    this.#devices.push(device);
    this.#start(this.#sync(device), false);
  }

  #receive(): void {
    if (this.#inFlight !== undefined || this.#queue.length === 0) return;
    const batch = this.#queue.slice(0, 1 + this.#random.below(BATCH));
    const inFlight = { untilEvent: this.#now + 20 + this.#random.below(80) };
    this.#inFlight = inFlight;
    const finish = () => {
      // An expired receipt handle deletes nothing.
      if (this.#inFlight !== inFlight) return;
      for (const frame of batch) this.#queue.splice(this.#queue.indexOf(frame), 1);
      this.#inFlight = undefined;
    };
    this.#start(this.#commit(batch, finish), true);
  }

  /** True if the head is not the one that a write was planned on. */
  #isLost({ version }: Pick<ModelHead, "version">): boolean {
    return this.#broken !== "headCondition" && this.#head.version !== version;
  }

  /** Writes the head, if it still has this version. */
  #write(version: number, next: ModelHead): boolean {
    if (this.#isLost({ version })) return false;
    const isFlushDue = next.isFlushDue || isLarge(next.tail);
    this.#head = { ...next, version: this.#head.version + 1, isFlushDue };
    return true;
  }

  /** Entries below the tail of a head, one segment a read. */
  *#readOlder({ tailFirst }: ModelHead): Work<ModelEntry[]> {
    const entries: ModelEntry[] = [];
    for (let first = 1; first < tailFirst; ) {
      yield;
      const segment = this.#segments.get(first);
      const last = segment?.entries.at(-1)?.seq ?? 0;
      if (segment === undefined || last < first) {
        this.#history.fail("a reader misses a segment");
        break;
      }
      entries.push(...segment.entries);
      first = last + 1;
    }
    return entries.filter(({ seq }) => seq < tailFirst);
  }

  *#readAll(head: ModelHead): Work<ModelEntry[]> {
    return [...(yield* this.#readOlder(head)), ...head.tail];
  }

  #readNow(): ModelEntry[] {
    const work = this.#readAll(this.#head);
    for (;;) {
      const { done, value } = work.next();
      if (done) return value ?? [];
    }
  }

  *#append(batch: readonly ModelFrame[], isQueued: boolean): Work<Appended | undefined> {
    const beganAt = this.#now;
    const attempts = isQueued ? QUEUE_ATTEMPTS : DIRECT_ATTEMPTS;
    let mayUseCache = !isQueued && this.#random.chance(0.4);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const isCached = mayUseCache;
      mayUseCache = false;
      if (!isCached) {
        yield;
        this.#cached = this.#head;
      }
      const head = this.#cached;
      const looksBack =
        this.#broken !== "repeatsFound" && batch.some(({ seenSeq }) => seenSeq < head.lastSeq);
      const known = looksBack ? yield* this.#readAll(head) : [...head.tail];
      const { outcomes, fresh } = this.#decide(batch, head, known, isQueued);
      if (fresh.length === 0) {
        const isRepeat = batch.some(({ frame }) => !(isQueued && isDecided(head, frame)));
        // A repeat takes tokens, so it is a write of the head that changes no entry.
        if (isRepeat && this.#broken !== "freshAnswer") {
          yield;
          if (!this.#write(head.version, head)) continue;
          this.#cached = this.#head;
        }
      } else if (
        !(yield* this.#appendFresh(head, fresh, this.#window(head, batch, outcomes, isQueued), isQueued))
      ) {
        continue;
      }
      return {
        outcomes,
        entries: new Map([...known, ...fresh].map((entry) => [entry.seq, entry])),
        freshSeqs: fresh.map(({ seq }) => seq),
        lastSeq: head.lastSeq + fresh.length,
        beganAt,
        isQueued,
        announceFromSeq: head.announcedSeq + 1,
      };
    }
    return undefined;
  }

  #decide(batch: readonly ModelFrame[], head: ModelHead, known: readonly ModelEntry[], isQueued: boolean) {
    const outcomes = new Map<ModelFrame, number>();
    const fresh: ModelEntry[] = [];
    for (const frame of batch) {
      const { id, seenSeq } = frame;
      const decided = isQueued ? head.decided.find((outcome) => outcome.frame === frame.frame) : undefined;
      const repeated =
        this.#broken === "repeatsFound"
          ? undefined
          : (known.find((entry) => entry.seq > seenSeq && entry.id === id) ??
            fresh.find((entry) => entry.id === id));
      const seq = (decided ?? repeated)?.seq;
      if (seq === undefined) fresh.push({ seq: head.lastSeq + fresh.length + 1, id, text: `text of ${id}` });
      outcomes.set(frame, seq ?? head.lastSeq + fresh.length);
    }
    return { outcomes, fresh };
  }

  /** Frames that were decided before keep their outcomes; those of direct writers are in no window. */
  #window(
    { decided }: ModelHead,
    batch: readonly ModelFrame[],
    outcomes: ReadonlyMap<ModelFrame, number>,
    isQueued: boolean,
  ): ModelHead["decided"] {
    if (!isQueued) return decided;
    const added = batch.map((frame) => ({ frame: frame.frame, seq: outcomes.get(frame) ?? 0 }));
    return [...decided, ...added].slice(-WINDOW);
  }

  /** Appends entries in one update of the head, after the put of a segment if that is due. */
  *#appendFresh(
    head: ModelHead,
    fresh: readonly ModelEntry[],
    decided: ModelHead["decided"],
    isQueued: boolean,
  ): Work<boolean> {
    const lastSeq = head.lastSeq + fresh.length;
    const announcedSeq = isQueued ? lastSeq : head.lastSeq;
    let base = head;
    const segment = head.isFlushDue ? this.#segmentOf(head) : undefined;
    if (segment !== undefined) {
      let flushedSeq: number | undefined = segment.entries.at(-1)?.seq;
      if (this.#broken !== "putBeforeTrim") {
        yield;
        flushedSeq = this.#flush(head.tailFirst, segment);
      }
      if (flushedSeq === undefined) return false;
      const tail = head.tail.filter(({ seq }) => seq > flushedSeq);
      base = { ...head, tail, tailFirst: flushedSeq + 1, isFlushDue: false };
    }
    yield;
    const next = { ...base, lastSeq, tail: [...base.tail, ...fresh], decided, announcedSeq };
    if (!this.#write(head.version, next)) return false;
    this.#cached = this.#head;
    if (segment !== undefined && this.#broken === "putBeforeTrim") {
      yield;
      this.#flush(head.tailFirst, segment);
    }
    return true;
  }

  /** Segment that a flush would put. Deployments differ in how much of a tail they take. */
  #segmentOf({ tail, version }: ModelHead): ModelSegment {
    const length = Math.max(1, tail.length - (this.#random.chance(0.5) ? 0 : 1));
    return { headVersion: version, entries: tail.slice(0, length) };
  }

  /** Puts a segment. Returns the end of the one that stands there for this version; undefined if a newer one does. */
  #flush(first: number, segment: ModelSegment): number | undefined {
    const standing = this.#segments.get(first);
    const ownEnd = segment.entries.at(-1)?.seq;
    if (standing !== undefined && this.#broken !== "segmentCondition") {
      if (standing.headVersion > segment.headVersion) return undefined;
      if (standing.headVersion === segment.headVersion) {
        return this.#broken === "standingSegment" ? ownEnd : standing.entries.at(-1)?.seq;
      }
    }
    this.#segments.set(first, segment);
    this.#history.put(segment.entries);
    return ownEnd;
  }

  *#direct(frame: ModelFrame): Work<void> {
    const appended = yield* this.#append([frame], false);
    if (appended !== undefined) return yield* this.#finish([frame], appended);
    yield;
    this.#queue.push(frame);
  }

  *#commit(batch: readonly ModelFrame[], finish: () => void): Work<void> {
    const appended = yield* this.#append(batch, true);
    if (appended === undefined) return;
    yield* this.#finish(batch, appended);
    yield;
    finish();
  }

  /** Publishes events, pushes and answers. The queue may answer first: it is asked again until all is done. */
  *#finish(batch: readonly ModelFrame[], appended: Appended): Work<void> {
    const { isQueued } = appended;
    const answersFirst = isQueued ? this.#random.chance(0.5) : this.#broken === "pushBeforeAnswer";
    const areEventsLate = !isQueued && this.#broken === "eventsBeforeAnswer";
    const seqs = this.#pushedSeqs(batch, appended);
    if (answersFirst) yield* this.#answer(batch, appended);
    if (!areEventsLate) yield* this.#publishEvents(seqs, appended);
    yield* this.#push(seqs, appended);
    if (!answersFirst) yield* this.#answer(batch, appended);
    if (areEventsLate) yield* this.#publishEvents(seqs, appended);
  }

  #pushedSeqs(batch: readonly ModelFrame[], { outcomes, freshSeqs }: Appended): number[] {
    const seqs = [...new Set(batch.map((frame) => outcomes.get(frame) ?? 0))];
    return this.#broken === "repeatsPushed" ? seqs.filter((seq) => freshSeqs.includes(seq)) : seqs;
  }

  *#publishEvents(seqs: readonly number[], { announceFromSeq, lastSeq }: Appended): Work<void> {
    yield;
    for (let seq = announceFromSeq; seq <= lastSeq; seq++) this.#history.announced.add(seq);
    for (const seq of seqs) this.#history.announced.add(seq);
  }

  *#push(seqs: readonly number[], { entries, beganAt }: Appended): Work<void> {
    yield;
    const pushed = seqs.flatMap((seq) => entries.get(seq) ?? []);
    this.#history.pushed(pushed, beganAt);
    for (const { shown } of this.#devices.filter(({ isRegistered }) => isRegistered)) {
      yield;
      for (const { seq, id } of pushed) shown.set(seq, id);
    }
  }

  /** Answers the senders; one answer in five is lost, so that they send again. */
  *#answer(batch: readonly ModelFrame[], { outcomes, lastSeq }: Appended): Work<void> {
    yield;
    for (const frame of batch) {
      const client = this.#clients[frame.client];
      if (client?.outstanding?.id !== frame.id || !this.#random.chance(0.8)) continue;
      client.acked.set(frame.id, outcomes.get(frame) ?? 0);
      client.knownSeq = Math.max(client.knownSeq, this.#random.chance(0.5) ? lastSeq : 0);
      client.outstanding = undefined;
    }
  }

  *#edit(): Work<void> {
    const text = `edit ${++this.#edits}`;
    const change = (entry: ModelEntry) => (entry.text === null ? undefined : { ...entry, text });
    const seq = yield* this.#rewrite(() => 1 + this.#random.below(this.lastSeq), change);
    if (seq !== undefined) this.#history.edited(seq, text);
  }

  *#delete(): Work<void> {
    const anyOf = ({ tail }: ModelHead) =>
      (this.#random.chance(0.7) ? this.#random.oneOf(tail)?.seq : undefined) ??
      1 + this.#random.below(this.lastSeq);
    const seq = yield* this.#rewrite(anyOf, (entry) => ({ ...entry, text: null }));
    const stored = [...this.#segments.values()].flatMap(({ entries }) => entries);
    if (seq !== undefined) this.#history.deleted(seq, this.#now, stored);
  }

  /**
   * Rewrites an entry where it is: in the tail with the head alone, unless a flush is due, which is then ended in one
   * transaction; in a segment in one transaction with the head. Returns its seq, or undefined if too many races were lost.
   */
  *#rewrite(
    choose: (head: ModelHead) => number,
    change: (entry: ModelEntry) => ModelEntry | undefined,
  ): Work<number | undefined> {
    for (let attempt = 0; attempt < REWRITE_ATTEMPTS; attempt++) {
      yield;
      const head = this.#head;
      if (head.lastSeq === 0) return undefined;
      const seq = choose(head);
      const isInTail = seq >= head.tailFirst;
      if (!isInTail) yield;
      const first = isInTail ? head.tailFirst : this.#segmentOfSeq(seq);
      const entries = isInTail ? head.tail : (this.#segments.get(first)?.entries ?? []);
      const target = entries.find((entry) => entry.seq === seq);
      const changed = target && change(target);
      if (changed === undefined) continue;
      yield;
      if (this.#isLost(head)) continue;
      const rewritten = entries.map((entry) => (entry.seq === seq ? changed : entry));
      const endsFlush = isInTail && head.isFlushDue && this.#broken !== "deleteEndsFlush";
      if (endsFlush || !isInTail)
        this.#segments.set(first, { headVersion: head.version + 1, entries: rewritten });
      if (endsFlush) this.#write(head.version, withoutTail(head));
      else this.#write(head.version, isInTail ? { ...head, tail: rewritten } : head);
      return seq;
    }
    return undefined;
  }

  #segmentOfSeq(seq: number): number {
    return Math.max(0, ...[...this.#segments.keys()].filter((first) => first <= seq));
  }

  /** Changes members, roles or retention: one transaction that moves the whole tail into a segment. */
  *#changeRows(): Work<void> {
    for (let attempt = 0; attempt < REWRITE_ATTEMPTS; attempt++) {
      yield;
      const head = this.#head;
      if (head.lastSeq === 0) return;
      yield;
      if (this.#isLost(head)) continue;
      const seq = head.lastSeq + 1;
      const entries = [...head.tail, { seq, id: `row ${seq}`, text: "row" }];
      this.#segments.set(head.tailFirst, { headVersion: head.version + 1, entries });
      const moved = withoutTail({ ...head, lastSeq: seq, announcedSeq: seq });
      const left = { ...moved, tail: entries.slice(-1), tailFirst: seq };
      this.#write(head.version, this.#broken === "wholeTail" ? left : moved);
      this.#history.announced.add(seq);
      return;
    }
  }

  *#sync(device: ModelDevice): Work<void> {
    yield;
    device.isRegistered = true;
    yield;
    const entries = yield* this.#readAll(this.#head);
    for (const { seq, id } of entries) device.shown.set(seq, id);
  }

  *#reader(): Work<void> {
    yield;
    const head = this.#head;
    this.#history.read(yield* this.#readAll(head), head.lastSeq);
  }
}

function isLarge(tail: readonly ModelEntry[]): boolean {
  return tail.reduce((size, { text }) => size + (text === null ? 0.25 : 1), 0) > TAIL_SIZE;
}

function isDecided({ decided }: ModelHead, frame: number): boolean {
  return decided.some((outcome) => outcome.frame === frame);
}

function withoutTail(head: ModelHead): ModelHead {
  return { ...head, tail: [], tailFirst: head.lastSeq + 1, isFlushDue: false };
}
