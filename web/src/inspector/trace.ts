import type { Hop } from "../../../wiring/hops.ts";

/** A step of a message through the cloud, described for the user. */
export interface TraceStep {
  readonly key: number;
  /** Milliseconds after the first step. */
  readonly afterMs: number;
  readonly tone: "plain" | "good" | "bad";
  readonly text: string;
  /** Number of equal steps in a row; `afterMs` is that of the first. */
  readonly count: number;
}

/** Returns the steps of an entry in order of time. Equal steps in a row are one step with a count. */
export function traceOf(entry: string, hops: readonly Hop[], me: string): TraceStep[] {
  const entryHops = hops
    .filter(({ entries }) => entries.includes(entry))
    .sort((a, b) => a.atMs - b.atMs || a.id - b.id);
  const startMs = entryHops[0]?.atMs ?? 0;
  const steps: TraceStep[] = [];
  for (const hop of entryHops) {
    const step = { key: hop.id, afterMs: hop.atMs - startMs, count: 1, ...describeHop(hop, me) };
    const last = steps.at(-1);
    if (last?.text === step.text) steps[steps.length - 1] = { ...last, count: last.count + 1 };
    else steps.push(step);
  }
  return steps;
}

function describeHop({ step, entries }: Hop, me: string): Pick<TraceStep, "tone" | "text"> {
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
      return plain(`SNS accepted it; it waits in the queue ${step.queue}`);
    case "received": {
      const together = entries.length > 1 ? `, with ${entries.length - 1} more from its frame` : "";
      return plain(
        step.receives === 1
          ? `The queue delivers it${together}`
          : `The queue delivers it again (${ordinal(step.receives)} time): it was not acknowledged`,
      );
    }
    case "posted":
      return describePush(
        step.frame,
        step.outcome,
        `${who(step.user)}${step.gateway && ` on gateway ${step.gateway}`}`,
      );
  }
}

function describePush(frame: string, outcome: string, to: string): Pick<TraceStep, "tone" | "text"> {
  if (outcome === "gone")
    return {
      tone: "bad",
      text: `${frame}: the connection is closed, or not open yet; the next sync delivers it`,
    };
  if (outcome !== "sent")
    return { tone: "bad", text: `${frame} → ${to}: not read yet, its buffer is full; retried later` };
  if (frame === "ack") return { tone: "good", text: `In the log for good: ack → ${to}` };
  if (frame === "accepted") return plain(`It goes through the queue: accepted → ${to}`);
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
