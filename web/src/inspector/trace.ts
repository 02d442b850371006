import type { Hop } from "../../../wiring/hops.ts";

/** A step of a message's way, for people. */
export interface TraceStep {
  readonly key: number;
  /** Milliseconds after the first step. */
  readonly afterMs: number;
  readonly tone: "plain" | "good" | "bad";
  readonly text: string;
  /** In a row; `afterMs` is the first. */
  readonly times: number;
}

/** What happened to an entry, in its order; what happens again and again is one step. */
export function traceOf(entry: string, hops: readonly Hop[], me: string): TraceStep[] {
  const own = hops
    .filter(({ entries }) => entries.includes(entry))
    .sort((a, b) => a.atMs - b.atMs || a.id - b.id);
  const startMs = own[0]?.atMs ?? 0;
  const steps: TraceStep[] = [];
  for (const hop of own) {
    const step = { key: hop.id, afterMs: hop.atMs - startMs, times: 1, ...told(hop, me) };
    const last = steps.at(-1);
    if (last?.text === step.text) steps[steps.length - 1] = { ...last, times: last.times + 1 };
    else steps.push(step);
  }
  return steps;
}

function told({ step, entries }: Hop, me: string): Pick<TraceStep, "tone" | "text"> {
  const who = (user: string) => (user === me ? "you" : user);
  switch (step.kind) {
    case "frame":
      return plain(`Gateway ${step.gateway} got the frame from ${who(step.user)}`);
    case "started":
      return plain(`${step.function} runs`);
    case "ended":
      return step.failure === undefined
        ? plain(`${step.function} has ended, after ${milliseconds(step.tookMs)}`)
        : {
            tone: "bad",
            text: `${step.function} failed after ${milliseconds(step.tookMs)}: ${step.failure}`,
          };
    case "queued":
      return plain(`SNS took it; it waits in the queue ${step.queue}`);
    case "received": {
      const together = entries.length > 1 ? `, with ${entries.length - 1} more of its frame` : "";
      return plain(
        step.receives === 1
          ? `The queue hands it on${together}`
          : `The queue hands it on again (${ordinal(step.receives)} time): nobody had said it was done`,
      );
    }
    case "posted":
      return posted(
        step.frame,
        step.outcome,
        `${who(step.user)}${step.gateway && ` on gateway ${step.gateway}`}`,
      );
  }
}

function posted(frame: string, outcome: string, to: string): Pick<TraceStep, "tone" | "text"> {
  if (outcome === "gone")
    return {
      tone: "bad",
      text: `${frame}: nobody at that connection, or not yet; it comes at the next sync`,
    };
  if (outcome !== "sent") return { tone: "bad", text: `${frame} → ${to}: it does not read; later again` };
  if (frame === "ack") return { tone: "good", text: `In the log for good: ack → ${to}` };
  return { tone: frame === "entries" ? "good" : "plain", text: `Pushed: ${frame} → ${to}` };
}

function plain(text: string): Pick<TraceStep, "tone" | "text"> {
  return { tone: "plain", text };
}

export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function ordinal(count: number): string {
  return `${count}${["th", "st", "nd", "rd"][count < 20 && count > 3 ? 0 : count % 10] ?? "th"}`;
}
