import { isErrorCode } from "../../../protocol/index.ts";
import type { EntryOutcome, FrameOutcome } from "../../ports/conversation-log.ts";

/**
 * Encodes decided frames as one short string, because the head must stay within one write unit (1 KB):
 * `<digest>=<runs>` joined by spaces, where a run is `12` or `12*3` (seqs 12, 13, 14) or `!stale` or `!stale*3`.
 */
export function encodeDedupWindow(decided: readonly FrameOutcome[]): string {
  return decided.map(({ frame, outcomes }) => `${frame}=${encodeOutcomes(outcomes)}`).join(" ");
}

export function decodeDedupWindow(text: string): FrameOutcome[] {
  if (text === "") return [];
  return text.split(" ").map((part) => {
    const [frame = "", runs = ""] = part.split("=");
    return { frame, outcomes: runs.split(",").flatMap(decodeRun) };
  });
}

function encodeOutcomes(outcomes: readonly EntryOutcome[]): string {
  const runs: { outcome: EntryOutcome; count: number }[] = [];
  for (const outcome of outcomes) {
    const last = runs.at(-1);
    if (last !== undefined && continues(last.outcome, last.count, outcome)) last.count += 1;
    else runs.push({ outcome, count: 1 });
  }
  return runs
    .map(({ outcome, count }) => {
      const value = "seq" in outcome ? String(outcome.seq) : `!${outcome.refused}`;
      return count === 1 ? value : `${value}*${count}`;
    })
    .join(",");
}

function continues(first: EntryOutcome, count: number, next: EntryOutcome): boolean {
  if ("seq" in first) return "seq" in next && next.seq === first.seq + count;
  return "refused" in next && next.refused === first.refused;
}

function decodeRun(run: string): EntryOutcome[] {
  const [value = "", times = "1"] = run.split("*");
  const code = value.slice(1);
  return Array.from({ length: Number(times) }, (_, index): EntryOutcome => {
    if (!value.startsWith("!")) return { seq: Number(value) + index };
    return { refused: isErrorCode(code) ? code : "internal" };
  });
}
