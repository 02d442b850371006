// What the function `erase` answers: docs/erase.md describes it to those who invoke it.

/** Numbers of things that entries have of a user. */
export interface Traces {
  /** Texts of messages and edits, and bodies of `x.*`. */
  readonly texts: number;
  readonly titles: number;
  readonly reactions: number;
  /** Entries that name the user, as sender or in their body. */
  readonly names: number;
}

/** Numbers of things that a call has removed or, in a dry run, found. */
export interface EraseCounts extends Traces {
  readonly conversations: number;
  readonly watches: number;
}

/** Place of a call that ended before everything was done. */
export interface EraseCursor {
  readonly conversation: string;
  readonly seq: number;
}

export interface EraseResult {
  /** False: another call goes on. */
  readonly done: boolean;
  readonly cursor?: EraseCursor | undefined;
  /** The id that stands for the user from now on; absent in a dry run. */
  readonly tombstone?: string | undefined;
  readonly counts: EraseCounts;
}
