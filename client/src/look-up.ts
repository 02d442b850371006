import { type AskOptions, ask } from "./ask.ts";
import type { Connection } from "./connection.ts";
import type { Entry } from "./entry.ts";
import { readHistory } from "./read-result.ts";

export interface LookUpRange {
  readonly conversation: string;
  /** Exclusive. */
  readonly afterSeq: number;
  /** Exclusive. */
  readonly beforeSeq: number;
}

/** Reads a range of the log backwards, page by page; whatever a page brings beyond the range comes along. */
export async function* lookUp(
  connection: Connection,
  { conversation, afterSeq, beforeSeq }: LookUpRange,
  options: AskOptions & { readonly historyLimit: number },
): AsyncGenerator<readonly Entry[]> {
  let before = beforeSeq;
  while (before > afterSeq + 1) {
    const request = { type: "history" as const, conversation, before, limit: options.historyLimit };
    const result = await ask(connection, request, options);
    const { entries, more } = readHistory(result);
    yield entries;
    const lowest = entries[0]?.seq;
    if (!more || lowest === undefined || lowest >= before) return;
    before = lowest;
  }
}
