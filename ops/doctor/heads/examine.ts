import { type Diagnosis, diagnose } from "./diagnose.ts";
import type { Finding } from "./finding.ts";
import type { HeadsStore } from "./heads-store.ts";
import { applyMend } from "./mend.ts";

/**
 * - `mended`: gone
 * - `marked`: lost, and noted in the head
 * - `open`: would be mended or marked with `--mend`
 * - `left`: an operator must decide
 */
export type Outcome = "mended" | "marked" | "open" | "left";

export interface SettledFinding extends Pick<Finding, "kind" | "detail" | "todo"> {
  readonly outcome: Outcome;
}

export interface ExamineOptions {
  readonly mends: boolean;
  readonly nowMs: number;
  /** Users whose inbox rows name the conversation. */
  readonly users: readonly string[];
}

/** Mending one thing can show the next; each round mends all that it finds. */
const MAX_ROUNDS = 10;

/** A conversation that is written all the time cannot be judged, and was not torn where it is written. */
const BUSY: SettledFinding = {
  kind: "busy",
  detail: "others write the conversation all the time",
  outcome: "left",
  todo: "Stop traffic, or run this again.",
};

/** Diagnoses a conversation and mends it, until nothing is left to mend. */
export async function examine(
  store: HeadsStore,
  conversation: string,
  { mends, nowMs, users }: ExamineOptions,
  signal: AbortSignal,
): Promise<SettledFinding[]> {
  const seen = new Map<string, Finding>();
  let last: Diagnosis = { findings: [], mend: undefined };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stored = await store.read(conversation, users);
    if (stored === undefined) return [BUSY];
    last = diagnose(stored, nowMs);
    for (const finding of last.findings) seen.set(keyOf(finding), finding);
    if (!mends || last.mend === undefined) break;
    await applyMend(store, conversation, last.mend, stored.segments, signal);
  }
  const left = new Map(last.findings.map((finding) => [keyOf(finding), finding]));
  return [...seen].map(([key, finding]) => settled(finding, left.get(key)));
}

function keyOf({ kind, detail }: Finding): string {
  return `${kind} ${detail}`;
}

function settled({ kind, detail, todo }: Finding, left: Finding | undefined): SettledFinding {
  const outcome = left === undefined ? "mended" : outcomeOf(left);
  return { kind, detail, outcome, ...(todo !== undefined && outcome !== "mended" && { todo }) };
}

function outcomeOf({ remedy, isDone }: Finding): Outcome {
  if (remedy === "none") return "left";
  return isDone ? "marked" : "open";
}
