export interface ModelEntry {
  readonly seq: number;
  readonly id: string;
  /** Null for a deleted entry. */
  readonly text: string | null;
}

export interface ModelClient {
  readonly index: number;
  readonly acked: Map<string, number>;
  count: number;
  outstanding: { readonly id: string; readonly seenSeq: number } | undefined;
  knownSeq: number;
  toSend: number;
}

export interface ModelDevice {
  /** Ids of the entries that it was shown, by seq. */
  readonly shown: Map<number, string>;
  /** True once writers find its lease. */
  isRegistered: boolean;
}

interface End {
  readonly log: readonly ModelEntry[];
  readonly lastSeq: number;
  readonly clients: readonly ModelClient[];
  readonly devices: readonly ModelDevice[];
}

/** Records what happened to a log, and compares it with what the log is in the end. */
export class ModelHistory {
  /** Seqs of the entries whose events are published. */
  readonly announced = new Set<number>();
  readonly #failures = new Set<string>();
  readonly #edits = new Map<number, string>();
  /** Events at which entries were deleted, by seq. */
  readonly #deletes = new Map<number, number>();

  fail(failure: string): void {
    this.#failures.add(failure);
  }

  edited(seq: number, text: string): void {
    this.#edits.set(seq, text);
  }

  /** Notes a delete, and the entries that are stored outside of the head from then on. */
  deleted(seq: number, event: number, stored: readonly ModelEntry[]): void {
    this.#edits.delete(seq);
    if (!this.#deletes.has(seq)) this.#deletes.set(seq, event);
    this.put(stored);
  }

  /** Notes entries that are put into a segment, whether or not a reader takes it. */
  put(entries: readonly ModelEntry[]): void {
    if (entries.some(({ seq, text }) => text !== null && this.#deletes.has(seq))) {
      this.fail("a deleted text is stored in a segment");
    }
  }

  /** Notes a push by a writer that began at this event. */
  pushed(entries: readonly ModelEntry[], beganAt: number): void {
    const isShown = ({ seq, text }: ModelEntry) =>
      text !== null && (this.#deletes.get(seq) ?? Number.POSITIVE_INFINITY) < beganAt;
    if (entries.some(isShown)) this.fail("a deleted text is pushed");
  }

  /** Notes a log as it was read while others wrote. */
  read(entries: readonly ModelEntry[], lastSeq: number): void {
    if (!isDense(entries)) this.fail("a reader finds a hole");
    if (entries.length !== lastSeq) this.fail("a reader finds another length than that of the head");
  }

  wrongs({ log, lastSeq, clients, devices }: End): string[] {
    if (!isDense(log)) this.fail("there is a hole");
    if (log.length !== lastSeq) this.fail("the log has another length than its head says");
    if (new Set(log.map(({ id }) => id)).size !== log.length) this.fail("an entry is doubled");
    this.#checkTexts(log);
    const acked = new Map(clients.flatMap((client) => [...client.acked]));
    for (const [id, seq] of acked) {
      if (log[seq - 1]?.id !== id) this.fail("an ack is wrong");
      if (!this.announced.has(seq)) this.fail("an acknowledged entry is not announced");
    }
    for (const { shown } of devices.filter(({ isRegistered }) => isRegistered)) {
      const lacks = log.some(({ seq, id }) => acked.has(id) && shown.get(seq) !== id);
      if (lacks) this.fail("a device lacks an acknowledged entry");
    }
    return [...this.#failures];
  }

  #checkTexts(log: readonly ModelEntry[]): void {
    for (const [seq, text] of this.#edits) if (log[seq - 1]?.text !== text) this.fail("an edit is lost");
    for (const seq of this.#deletes.keys()) {
      if (log[seq - 1]?.text !== null) this.fail("a delete is lost");
    }
  }
}

function isDense(entries: readonly ModelEntry[]): boolean {
  return entries.every(({ seq }, index) => seq === index + 1);
}
